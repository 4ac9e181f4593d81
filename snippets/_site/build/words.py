"""What the site itself says, in each language; the theme's own words are in docs/overrides/partials/languages/."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    name: str
    """The language, in itself."""
    short: str
    permalink: str
    """Title of the link beside a heading."""
    footnote_back: str
    """`{}` is the footnote's number."""
    palette: tuple[str, str, str]
    """What a press on the toggle does while the scheme is automatic, light, dark."""
    languages: str
    search: str
    licence: str
    made_with: str
    not_found: str
    not_found_text: str
    home: str
    source: str
    """Heading of a chapter's source page; `{}` is the snippet's path."""
    source_text: str
    """`{}` is a link to the chapter."""
    as_file: str
    behind: str
    behind_link: str
    cell_link: str
    """`{}` is the cell's name."""
    checked_on: str
    mend: str
    report: str
    """The link to the form for a fault on the page."""
    copy: str
    """The link to the page as plain Markdown."""
    head: str
    """Name of the row under a chapter's title; its links follow."""
    colab: str
    notebook: str
    code: str
    report_briefly: str
    notebook_title: str
    """Title of the page that shows a notebook; `{}` is the chapter's."""
    notebook_link: str
    notebook_back: str
    notebook_folded: str
    """On the fold around a cell that the notebook hides."""
    chapters: str
    """Heading of the home page's list."""
    offline: str
    """The link to the archive of the site."""
    offline_text: str
    """What follows it; `{}` is the archive's size in megabytes."""
    decimal_point: str
    in_this_language: str
    """What the other language's home page says of this one."""
    broken: str
    """Heading of a page that `mkdocs serve` cannot show."""


WORDS: dict[str, Words] = {
    "vi": Words(
        name="Tiếng Việt",
        short="VI",
        permalink="Liên kết đến mục này",
        footnote_back="Quay lại chỗ chú thích {} trong bài",
        palette=("Chuyển sang nền sáng", "Chuyển sang nền tối", "Theo thiết lập của máy"),
        languages="Ngôn ngữ",
        search="Tìm kiếm",
        licence="Mã: giấy phép MIT. Bài viết: CC BY 4.0.",
        made_with="Dựng bằng",
        not_found="Không tìm thấy trang",
        not_found_text="Địa chỉ này không có trang nào. Có thể trang đã được chuyển đi, hoặc liên kết bị gõ nhầm.",
        home="Về trang chủ",
        source="Mã nguồn: {}",
        source_text="Toàn bộ mã của chương {}, theo đúng thứ tự đã chạy.",
        as_file="Tải tệp Python",
        behind="Mục này chưa theo kịp bản tiếng Anh.",
        behind_link="Xem mục này bằng tiếng Anh",
        cell_link="Liên kết đến đoạn mã {}",
        checked_on="Mọi kết quả được chạy lại và kiểm tra ngày",
        mend="Sửa trang này",
        report="Báo lỗi trên trang này",
        copy="Bản Markdown",
        head="Chương này ở dạng khác",
        colab="Mở trong Colab",
        notebook="Tải notebook",
        code="Toàn bộ mã",
        report_briefly="Báo lỗi",
        notebook_title="{} (bản notebook)",
        notebook_link="xem ngay trên web",
        notebook_back="Về trang của chương",
        notebook_folded="Mở mã và kết quả",
        chapters="Bản đồ khóa học",
        offline="Tải cả trang về máy",
        offline_text="(tệp ZIP, {} MB) để đọc khi không có mạng: giải nén rồi mở tệp <code>index.html</code>.",
        decimal_point=",",
        in_this_language="Đọc trang này bằng tiếng Việt",
        broken="Trang này chưa hiện được",
    ),
    "en": Words(
        name="English",
        short="EN",
        permalink="Link to this section",
        footnote_back="Back to note {} in the text",
        palette=("Switch to a light page", "Switch to a dark page", "Follow this device"),
        languages="Language",
        search="Search",
        licence="Code: MIT licence. Text: CC BY 4.0.",
        made_with="Made with",
        not_found="Page not found",
        not_found_text="There is no page at this address. It may have moved, or the link may be mistyped.",
        home="Go to the home page",
        source="Source: {}",
        source_text="All the code of the chapter {}, in the order it ran.",
        as_file="Download the Python file",
        behind="This section has not caught up with the Vietnamese one.",
        behind_link="Read this section in Vietnamese",
        cell_link="Link to the code {}",
        checked_on="Every output run again and checked on",
        mend="Mend this page",
        report="Report a fault on this page",
        copy="As Markdown",
        head="This chapter in other forms",
        colab="Open in Colab",
        notebook="Download the notebook",
        code="All the code",
        report_briefly="Report a fault",
        notebook_title="{} (the notebook)",
        notebook_link="read it here",
        notebook_back="Back to the chapter",
        notebook_folded="Open the code and its output",
        chapters="Map of the course",
        offline="Download the whole site",
        offline_text="(ZIP, {} MB) to read without a network: unpack it and open <code>en/index.html</code>.",
        decimal_point=".",
        in_this_language="Read this site in English",
        broken="This page cannot be shown yet",
    ),
}
