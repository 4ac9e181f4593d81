"""What the engine itself says on a page, in each language."""

from ..chapters.data import EMBEDDED, MNIST

WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "code": "mã nguồn của đoạn mã",
        "test": "kiểm thử",
        "versions": "mọi phiên bản",
        "guess": "Bạn đoán trước đã, rồi hãy mở",
        "folded": "Đoạn mã",
        "not-run": "Đoạn mã này chưa được chạy. Để ghi lại kết quả, chạy:",
        "item": "Thành phần",
        "value": "Giá trị",
        "device": "Thiết bị",
        "capability": "Tập lệnh CPU",
        "threads": "Số luồng",
        "data": "Dữ liệu",
        "recorded": "Ngày chạy (UTC)",
        "seconds": "Thời gian chạy cả chương",
        "reader": "Notebook của trang này",
        "download": "tải về",
        "colab": "mở trong Colab",
        "install": "Notebook này được tạo từ {page}: cùng mã, cùng kết quả. Để tự chạy, bạn cần Python 3.11 trở lên, "
        "một chương trình mở notebook (JupyterLab, VS Code) và các gói sau (gõ lệnh này trong cửa sổ dòng lệnh):",
        "install-colab": "Google Colab đã có sẵn các gói này, nhưng phiên bản có thể khác, nên vài con số có thể lệch.",
        "raises": "Cell nào kết thúc bằng lỗi là cố ý: nó mang thẻ `raises-exception`, bạn cứ chạy tiếp cell sau.",
        "this-page": "một trang web",
        "record": "Bản ghi gốc",
        "notebook": "notebook đã chạy",
        "embedded": "Chữ số 8×8",
        "digits": "chữ số 8×8 của scikit-learn, viết thành 28×28",
        "mnist": "{name}: học {train} ảnh, chấm {test} ảnh",
        "old": "Kết quả này thuộc về một bản mã hoặc một bộ thư viện cũ hơn.",
    },
    "en": {
        "code": "source of this cell",
        "test": "tests",
        "versions": "all versions",
        "guess": "Guess first, then open",
        "folded": "The code",
        "not-run": "This code has not been run yet. To record its output, run:",
        "item": "Item",
        "value": "Value",
        "device": "Device",
        "capability": "CPU instruction set",
        "threads": "Threads",
        "data": "Data",
        "recorded": "Run on (UTC)",
        "seconds": "Time for the whole chapter",
        "reader": "This page as a notebook",
        "download": "download",
        "colab": "open in Colab",
        "install": "This notebook is made from {page}: the same code, the same outputs. To run it yourself you need "
        "Python 3.11 or later, a program for notebooks (JupyterLab, VS Code) and these packages (type in a terminal):",
        "install-colab": "Google Colab has these packages, though maybe in other versions, so some numbers may differ.",
        "raises": "A cell that ends in an error does so on purpose: it is tagged `raises-exception`; run the next one.",
        "this-page": "a web page",
        "record": "The record",
        "notebook": "executed notebook",
        "embedded": "8×8 digits",
        "digits": "8×8 digits of scikit-learn, written as 28×28",
        "mnist": "{name}: {train} images to train, {test} to test",
        "old": "This output belongs to an older version of the code or of its libraries.",
    },
}


def data_name(data: str, lang: str) -> str:
    """The data of a record, as a page of a language calls it; a name that none of ours is like stays as it is."""
    if data == EMBEDDED:
        return WORDS[lang]["digits"]
    match = MNIST.fullmatch(data)
    return (
        WORDS[lang]["mnist"].format(**{k: v.replace(",", "") for k, v in match.groupdict().items()}) if match else data
    )
