#!/usr/bin/env python3
"""Makes the spreadsheets of this directory: with openpyxl, with LibreOffice (soffice), and by hand where neither can.

    pip install openpyxl pillow msoffcrypto-tool; apt-get install libreoffice-calc; python3 make.py
"""

import datetime as dt
import io
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from PIL import Image as Pixels

HERE = pathlib.Path(__file__).parent
HEADS = ["日期", "时间", "活动", "文案", "图片", "部门", "标签", "负责人", "备注"]


def png(colour):
    out = io.BytesIO()
    Pixels.new("RGB", (120, 120), colour).save(out, "PNG")
    return out.getvalue()


def picture(colour):
    return Image(io.BytesIO(png(colour)))


def plain(name="plan.xlsx"):
    """What a careful colleague writes: title rows, a merged date, dates and times as such and as text."""
    book = Workbook()
    sheet = book.active
    sheet.title = "排期"
    sheet["A1"] = "春风百货 2026 年 12 月排期"
    sheet.merge_cells("A1:I1")
    for column, head in enumerate(HEADS, 1):
        sheet.cell(3, column, head)
    rows = [
        [dt.date(2026, 12, 1), dt.time(9, 0), "双12预热", "双12提前看：\n全场九折，会员再减十元。", None, 2, "VIP客户", "wangwu", None],
        [None, "下午3点半", "围巾上新", "羊毛围巾上新，到店试戴。", None, "华东门店", "新客、VIP客户", "zhangshan", None],
        ["12月2日（周三）", "9：30", "双12预热", "双12倒计时：清单先收好。", None, 2, "VIP客户", "wangwu", "改过一次"],
        ["2026/12/3", 0.375, None, "门店延长营业到 22:30。  ", None, "2、3", None, None, None],
        [None] * 9,
        [dt.datetime(2026, 12, 4, 18, 5), None, "周末食谱", "今晚吃什么？", None, 3.0, None, None, None],
    ]
    for offset, row in enumerate(rows, 4):
        for column, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(offset, column, value)
    sheet.merge_cells("A4:A5")
    book.save(HERE / name)


def over_cells():
    """Pictures placed over the cells of the column for them."""
    book = Workbook()
    sheet = book.active
    sheet.title = "排期"
    sheet.append(["日期", "时间", "文案", "图片", "部门"])
    sheet.append([dt.date(2026, 12, 1), "9:00", "一张图", None, 2])
    sheet.append([dt.date(2026, 12, 2), "9:00", "两张图", None, 2])
    sheet.add_image(picture("red"), "D2")
    sheet.add_image(picture("blue"), "D3")
    sheet.add_image(picture("green"), "D3")
    book.save(HERE / "over_cells.xlsx")


def hidden():
    book = Workbook()
    sheet = book.active
    sheet.title = "排期"
    sheet.append(["日期", "时间", "文案", "标签", "部门"])
    sheet.append([dt.date(2026, 12, 1), "9:00", "看得见", "新客", 2])
    sheet.append([dt.date(2026, 12, 2), "9:00", "看不见", "新客", 2])
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    old = book.create_sheet("旧排期")
    old.append(["日期", "时间", "文案", "部门"])
    old.append([dt.date(2026, 11, 1), "9:00", "旧的", 2])
    old.sheet_state = "hidden"
    book.create_sheet("说明").append(["这里是填表说明"])
    book.save(HERE / "hidden.xlsx")


def faults():
    """One fault in each row, named in the notes."""
    book = Workbook()
    sheet = book.active
    sheet.title = "排期"
    sheet.append(["日期", "时间", "文案", "部门", "备注"])
    for row in [
        ["待定", "9:00", "没有日期", 2],
        [dt.date(2026, 12, 2), "晚些", "没有时间", 2],
        [dt.date(2026, 12, 2), "3点", "说不清几点", 2],
        ["12月7日（周二）", "9:00", "星期不对", 2],
        ["=TODAY()", "9:00", "公式没有结果", 2],
        [dt.date(2026, 12, 2), "9:00", "#N/A", 2],
        [dt.date(2026, 12, 2), "10:00", None, 2],
        [dt.date(2026, 12, 2), "11:00", "没有发表范围", None],
        [dt.date(2026, 12, 2), "12:00", "没有这个部门", "华东门点"],
    ]:
        sheet.append(row)
    sheet["C7"].data_type = "e"
    book.save(HERE / "faults.xlsx")


def epoch_1904():
    book = Workbook()
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "排期"
    sheet.append(["日期", "时间", "文案", "部门"])
    sheet.append([dt.date(2026, 12, 1), dt.time(9, 0), "一九〇四", 2])
    book.save(HERE / "epoch_1904.xlsx")


def with_parts(source, target, replace=None, add=None):
    """Copies an xlsx with some parts changed or added."""
    with zipfile.ZipFile(HERE / source) as old, zipfile.ZipFile(HERE / target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if replace and item.filename in replace:
                data = replace[item.filename](data.decode()).encode()
            new.writestr(item.filename, data)
        for name, data in (add or {}).items():
            new.writestr(name, data)


REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def one_row(name):
    book = Workbook()
    sheet = book.active
    sheet.title = "排期"
    sheet.append(["日期", "时间", "文案", "图片", "部门"])
    sheet.append([dt.date(2026, 12, 1), "9:00", "格子里的图片", "here", 2])
    book.save(HERE / name)


def in_cell_excel():
    """A picture that Excel 365 put into a cell: a rich value. No other program writes one."""
    one_row("in_cell_excel.tmp")
    value = '<c r="D2" t="e" vm="1"><v>#VALUE!</v></c>'

    def sheet(text):
        start = text.index('<c r="D2"')
        return text[:start] + value + text[text.index("</c>", start) + 4 :]

    rich = "http://schemas.microsoft.com/office/spreadsheetml/2017/richdata"
    with_parts(
        "in_cell_excel.tmp",
        "in_cell_excel.xlsx",
        {"xl/worksheets/sheet1.xml": sheet},
        {
            "xl/metadata.xml": f'<?xml version="1.0"?><metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:xlrd="{rich}"><metadataTypes count="1"><metadataType name="XLRICHVALUE" minSupportedVersion="120000"/></metadataTypes><futureMetadata name="XLRICHVALUE" count="1"><bk><extLst><ext uri="{{3e2802c4-a4d2-4d8b-9148-e3be6c30e623}}"><xlrd:rvb i="0"/></ext></extLst></bk></futureMetadata><valueMetadata count="1"><bk><rc t="1" v="0"/></bk></valueMetadata></metadata>',
            "xl/richData/rdrichvalue.xml": f'<?xml version="1.0"?><rvData xmlns="{rich}" count="1"><rv s="0"><v>0</v><v>5</v></rv></rvData>',
            "xl/richData/rdrichvaluestructure.xml": f'<?xml version="1.0"?><rvStructures xmlns="{rich}" count="1"><s t="_localImage"><k n="_rvRel:LocalImageIdentifier" t="i"/><k n="CalcOrigin" t="i"/></s></rvStructures>',
            "xl/richData/richValueRel.xml": f'<?xml version="1.0"?><richValueRels xmlns="http://schemas.microsoft.com/office/spreadsheetml/2022/richvaluerel" xmlns:r="{REL}"><rel r:id="rId1"/></richValueRels>',
            "xl/richData/_rels/richValueRel.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{REL}/image" Target="../media/image1.png"/></Relationships>',
            "xl/media/image1.png": png("purple"),
        },
    )
    (HERE / "in_cell_excel.tmp").unlink()


def in_cell_wps():
    """A picture that WPS put into a cell: a formula and xl/cellimages.xml. No other program writes one."""
    one_row("in_cell_wps.tmp")
    value = '<c r="D2" t="str"><f>_xlfn.DISPIMG("ID_6F1A0C5B2D",1)</f><v>=DISPIMG("ID_6F1A0C5B2D",1)</v></c>'

    def sheet(text):
        start = text.index('<c r="D2"')
        return text[:start] + value + text[text.index("</c>", start) + 4 :]

    main = "http://schemas.openxmlformats.org/drawingml/2006/main"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    with_parts(
        "in_cell_wps.tmp",
        "in_cell_wps.xlsx",
        {"xl/worksheets/sheet1.xml": sheet},
        {
            "xl/cellimages.xml": f'<?xml version="1.0"?><etc:cellImages xmlns:xdr="{drawing}" xmlns:r="{REL}" xmlns:a="{main}" xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"><etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="ID_6F1A0C5B2D" descr="a"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill><xdr:spPr/></xdr:pic></etc:cellImage></etc:cellImages>',
            "xl/_rels/cellimages.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{REL}/image" Target="media/image1.png"/></Relationships>',
            "xl/media/image1.png": png("orange"),
        },
    )
    (HERE / "in_cell_wps.tmp").unlink()


def hostile():
    """Small files that would be large, or that no spreadsheet program makes."""
    one_row("hostile.tmp")
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    with_parts(
        "hostile.tmp",
        "far_corner.xlsx",
        {"xl/worksheets/sheet1.xml": lambda text: text.replace("</sheetData>", far).replace('ref="A1:E2"', 'ref="A1:XFD1048576"')},
    )
    entity = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with_parts("hostile.tmp", "entities.xlsx", {"xl/worksheets/sheet1.xml": lambda text: text.replace("<worksheet", entity + "<worksheet", 1)})
    with_parts("hostile.tmp", "outside.xlsx", None, {"../../evil.toml": "id = 1"})
    (HERE / "hostile.tmp").unlink()


def password():
    """A workbook with a password."""
    import msoffcrypto.format.ooxml

    with open(HERE / "plan.xlsx", "rb") as plain, open(HERE / "password.xlsx", "wb") as locked:
        msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("geheim", locked)


def example():
    """The example of the docs: a month of the example book's shops."""
    book = Workbook()
    sheet = book.active
    sheet.title = "一月排期"
    sheet["A1"] = "春风百货 2027 年 1 月朋友圈排期"
    heads = ["日期", "星期", "时间", "活动", "文案", "图片", "部门", "标签", "发表范围", "负责人", "备注"]
    for column, head in enumerate(heads, 1):
        sheet.cell(2, column, head)
    rows = [
        ["1月5日", "周二", "10:00", "年货大集", "年货大集这周开场。\n坚果、腊味、糖果礼盒都在负一层，列好清单再来，一趟买齐。", "new-arrivals/2-mug.jpg", "华东门店、华南门店", "VIP客户", None, "wangwu", None],
        ["1月12日", "周二", "10:00", "年货大集", "年货大集本周上了海味和茶。\n想送长辈的，礼盒可以代写贺卡，到服务台说一声就好。", "new-arrivals/6-teapot.jpg", "华东门店、华南门店", "VIP客户", None, "wangwu", "茶的图等新拍的"],
        ["1月8日", "周五", "下午5点半", "周末做灯笼", "周六下午两点，四楼母婴馆教小朋友做纸灯笼。\n材料我们备好，三十位，回复“灯笼”帮您留位。", None, None, None, "young-families", "sunmeng", None],
        ["1月15日", "周五", "下午4点半", "腊八粥", "今天腊八，负一层烘焙坊旁边有热粥，五点到七点，路过来一碗暖暖手。", None, "华东门店", None, None, "zhangshan", None],
        ["1月22日", "周五", "上午9点", "延长营业", "春节前这两周，各门店营业到 22:30。\n地下停车场满额减免两小时，开车来的请在服务台登记车牌。", None, "华东门店、华南门店", None, None, "zhangshan", None],
    ]
    for offset, row in enumerate(rows, 3):
        for column, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(offset, column, value)
    for letter, width in zip("ABCDEFGHIJK", [10, 8, 12, 14, 60, 24, 20, 12, 16, 12, 16]):
        sheet.column_dimensions[letter].width = width
    book.save(HERE.parents[2] / "docs/examples/一月排期.xlsx")


def converted(source, ending, target, options=""):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            ["soffice", "--headless", "--convert-to", ending + options, "--outdir", out, str(HERE / source)], check=True, stdout=subprocess.DEVNULL
        )
        made = pathlib.Path(out) / (pathlib.Path(source).stem + "." + ending.split(":")[0])
        shutil.copy(made, HERE / target)


def libreoffice():
    converted("plan.xlsx", "ods", "libreoffice.ods")
    converted("plan.xlsx", "xls", "libreoffice.xls")
    converted("plan.xlsx", "xlsx", "libreoffice.xlsx")
    converted("over_cells.xlsx", "ods", "over_cells.ods")
    converted("over_cells.xlsx", "xls", "over_cells.xls")
    # Separated by commas, in GB18030 (76 is UTF-8; 11 would be ASCII).
    converted("plan.xlsx", "csv", "libreoffice.csv", ":Text - txt - csv (StarCalc):44,34,76,1")


if __name__ == "__main__":
    plain()
    example()
    over_cells()
    hidden()
    faults()
    epoch_1904()
    in_cell_excel()
    in_cell_wps()
    hostile()
    password()
    libreoffice()
