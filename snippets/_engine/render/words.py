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
        "aged-value": "Giá trị cũ: đoạn mã đã sửa mà chưa được chạy lại.",
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
        "this-page": "trang “{title}”",
        "warns": "Kết quả ghi lại chỉ giữ loại và nội dung của cảnh báo. Khi bạn tự chạy, Jupyter ghi thêm tên tệp và "
        "dòng mã; nó có thể đặt cảnh báo trước hay sau những gì cell in ra.",
        "folds": "Lời giải được gập lại. Muốn mở phần mã, bạn bấm dấu ba chấm (JupyterLab) hay *Show code* (Colab); "
        "riêng VS Code luôn để mã mở, nên bạn tự làm xong rồi hãy kéo xuống.",
        "in-words": "{title}: phần lời",
        "noted": "Dòng {line}, {code}: ",
        "rerun": "Muốn chạy lại cả chương từ đầu, bạn chọn *Run → Restart Kernel and Run All Cells…* trong JupyterLab, "
        "*Restart* rồi *Run All* trong VS Code, hay *Runtime → Restart session and run all* trong Colab.",
        "record": "Bản ghi gốc",
        "notebook": "notebook đã chạy",
        "embedded": "Chữ số 8×8 của scikit-learn",
        "digits": "chữ số 8×8 của scikit-learn, viết thành 28×28",
        "mnist": "{name}: học {train} ảnh, chấm {test} ảnh",
        "old": "Kết quả này thuộc về một bản mã hoặc một bộ thư viện cũ hơn.",
        "instead": "Trang này được viết theo lần chạy `{variant}`, nhưng bản ghi của lần chạy ấy chưa có hoặc đã cũ "
        "hơn mã. Những gì bạn thấy ở đây là của lần chạy mặc định. Để ghi lại, chạy: `{command}`",
    },
    "en": {
        "code": "source of this cell",
        "test": "tests",
        "versions": "all versions",
        "guess": "Guess first, then open",
        "folded": "The code",
        "not-run": "This code has not been run yet. To record its output, run:",
        "aged-value": "An old value: the code has changed and has not been run again.",
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
        "this-page": "the page “{title}”",
        "warns": "Of a warning only its kind and text are recorded. When you run the cell, Jupyter adds file and line, "
        "and may put the warning before or after what is printed.",
        "folds": "Solutions are folded. To open the code, click the three dots (JupyterLab) or *Show code* (Colab); "
        "VS Code always shows the code, so try for yourself before you scroll down.",
        "in-words": "{title}, in words",
        "noted": "Line {line}, {code}: ",
        "rerun": "To run the whole chapter again, choose *Run → Restart Kernel and Run All Cells…* in JupyterLab, "
        "*Restart* and then *Run All* in VS Code, or *Runtime → Restart session and run all* in Colab.",
        "record": "The record",
        "notebook": "executed notebook",
        "embedded": "8×8 digits of scikit-learn",
        "digits": "8×8 digits of scikit-learn, written as 28×28",
        "mnist": "{name}: {train} images to train, {test} to test",
        "old": "This output belongs to an older version of the code or of its libraries.",
        "instead": "This page is written for the run `{variant}`, whose record is missing or older than the code. What "
        "you see here is the default run. To record it, run: `{command}`",
    },
}


def data_label(data: str) -> str:
    """The images of a record in a few words, the same in every language; another name stays as it is."""
    match = MNIST.fullmatch(data)
    return "{name}: {train} / {test}".format(**match.groupdict()) if match else data


def data_name(data: str, lang: str) -> str:
    """The data of a record, as a page of a language calls it; a name that none of ours is like stays as it is."""
    if data == EMBEDDED:
        return WORDS[lang]["digits"]
    match = MNIST.fullmatch(data)
    return (
        WORDS[lang]["mnist"].format(**{k: v.replace(",", "") for k, v in match.groupdict().items()}) if match else data
    )
