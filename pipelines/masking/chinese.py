"""Names in Chinese text, which has no spaces: behind words that introduce a person, before titles, standing alone."""

from __future__ import annotations

import re

from pipelines.masking.words import NAME

_DOUBLE = (
    "歐陽|欧阳|司馬|司马|上官|諸葛|诸葛|司徒|皇甫|尉遲|尉迟|公孫|公孙|慕容|令狐|宇文|長孫|长孙|端木|張簡|范姜|夏侯"
)
SURNAMES = (
    "王李張张劉刘陳陈楊杨黃黄趙赵吳吴周徐孫孙馬马朱胡郭林何高梁鄭郑羅罗宋謝谢唐韓韩曹許许鄧邓蕭萧馮冯曾程蔡彭潘袁于董余蘇苏葉叶呂吕魏蔣蒋"
    "田杜丁沈姜范江傅鍾钟盧卢汪戴崔任陸陆廖姚方金邱夏譚谭韋韦賈贾鄒邹石熊孟秦閻阎薛侯雷白龍龙段郝孔邵史毛常萬万顧顾賴赖武康賀贺嚴严尹錢钱"
    "施牛洪龔龚湯汤陶黎溫温莫易樊喬乔文安殷顏颜莊庄章魯鲁倪邢俞翟藍蓝聂聶齊齐詹游連连簡简柯塗涂卓紀纪巫翁阮甘饒饶鄺邝辛管祝左涂柳鮑鲍凌"
    "霍虞柏盛耿關关包梅焦岳房裘應应曲伍車车項项向古粟粱穆尤屈祁童溫"
)
_GIVEN = r"[\u3400-\u9fff]{1,2}"
_FULL = rf"(?:(?:{_DOUBLE}){_GIVEN}|[{SURNAMES}]{_GIVEN})"
_END = (
    r"(?=$|[^\u3400-\u9fff]|先生|小姐|女士|太太|收|的|說|说|要|想|在|來|来|和|與|与|跟"
    r"|已|沒|没|有|請|请|買|买|訂|订|住|電|电|手機|手机)"
)
_INTRODUCED = re.compile(
    r"((?:我|本人|她|他|姓名|名字|收件人|收貨人|收货人|聯絡人|联系人|聯繫人|訂購人|订购人|顧客|顾客|客戶|客户|寄件人|買家|买家|署名|會員|会员)"
    r"\s*(?:叫做|叫|是|為|为|名字是|的名字是|姓名是)?\s*[:：,，]?\s*)"
    rf"({_FULL}{_END}|(?<=叫)[\u3400-\u9fff]{{2,4}}(?=$|[^\u3400-\u9fff])|(?<=[:：])\s*[\u3400-\u9fff]{{2,4}}(?=$|[^\u3400-\u9fff]))"
)
_TITLED = re.compile(
    rf"(?:(?:{_DOUBLE}){_GIVEN}?|[{SURNAMES}][\u3400-\u9fff]{{0,3}}?)(?=先生|小姐|女士|太太|老師|老师|媽媽|妈妈|同學|同学|師傅|师傅)"
)
_ASKED_FOR = re.compile(
    rf"((?:請找|请找|請聯絡|请联系|請聯繫|聯絡|联系|轉交|转交|交給|交给|寄給|寄给|送給|送给|通知|麻煩找)\s*)({_FULL}){_END}"
)
_NOBODY = (
    "客服|店家|店員|店员|賣家|卖家|老闆|老板|司機|司机|快遞|快递|物流|倉庫|仓库|對方|对方|廠商|厂商|主管|同事|家人|警衛|櫃台|"
    "門市|顧客|客人|買家|收件"
)
_TOLD = re.compile(rf"((?:轉告|转告)\s*)(?!{_NOBODY})({_FULL}{_END}|[\u3400-\u9fff]{{2,4}}(?=$|[^\u3400-\u9fff]))")
"""Who is to be told something: between colleagues a given name is enough."""
_SIGNED = re.compile(rf"(?!{_NOBODY}){_FULL}(?=\s*(?:敬上|謹上|谨上|敬啟|敬启))")
_AMBIGUOUS = ("上官", "長孫", "长孙")
"""Surnames that ordinary words begin or end with (上官網)."""
_DOUBLE_SURNAME = re.compile(rf"(?:{'|'.join(name for name in _DOUBLE.split('|') if name not in _AMBIGUOUS)}){_GIVEN}")
_ALONE = re.compile(rf"(?:(?<=^)|(?<=[^\u3400-\u9fff]))([{SURNAMES}])([\u3400-\u9fff]{{2}})(?=$|[^\u3400-\u9fff])")
_BEFORE_COLON = re.compile(
    rf"(?:(?<=^)|(?<=[^\u3400-\u9fff]))(?:(?:{_DOUBLE}){_GIVEN}|[{SURNAMES}][\u3400-\u9fff]{{1,3}})(?=\s*[：:])"
)
_NO_NAMES = re.compile(
    r"^(?:辛苦|連不|连不|方[便向]|白色|黃色|金色|高興|高度|包[裝装裹]|安[全裝装]|謝謝|谢谢|何時|何[必況]|連[結接續]|常常|任何|應該|应该|成[分本]|文字|温度|溫度|"
    r"石頭|花色|水[壺杯]|毛[巾毯邊球]|馬[上桶]|龍頭|藍色|車子|游泳|關[於閉]|左[邊右]|向[來上下]|古[銅]|金[屬]|陶瓷|管[理線]|易[碎]|盛[裝]|"
    r"簡[單直]|施工|康[乃]|紀念|江[湖]|甘[心]|章[節]|雷[射]|段[落]|侯[選]|湯[匙鍋]|柳[橙]|梅[花]|房[間]|童[裝]|于是|余[下]|"
    r"莫[名非]|向[您你]|和|易|周[末邊年]|連[帶]|萬[一]|齊[全]|顏[色]|溫[和暖]|許[多久]|于|曾[經]|安[排心]|常[見用]|應[付]|包[含括]|左|管)"
)


def without_chinese_names(text: str) -> str:
    """The text with names masked that a title, an introduction or a double surname shows, or that stand alone."""
    text = _INTRODUCED.sub(lambda found: found.group(1) + NAME, text)
    text = _ASKED_FOR.sub(lambda found: found.group(1) + NAME, text)
    text = _TOLD.sub(lambda found: found.group(1) + NAME, text)
    text = _SIGNED.sub(NAME, text)
    text = _TITLED.sub(NAME, text)
    text = _DOUBLE_SURNAME.sub(NAME, text)
    text = _BEFORE_COLON.sub(NAME, text)
    return _ALONE.sub(lambda found: found.group() if _NO_NAMES.match(found.group()) else NAME, text)
