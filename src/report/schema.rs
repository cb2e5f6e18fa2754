//! JSON Schemas of the files that people write, for editors: completion, descriptions and marks at mistakes.
//!
//! Draft 7, which every editor supports. A schema is never stricter than `check`; a test compares the two.

use serde_json::{Value, json};

use crate::limits::{IMAGES, LINK_TITLE_CHARS, TEXT_CHARS, USERS};
use crate::text::{Lang, Text};

/// The schema of a campaign file, with descriptions in a language.
pub fn campaign(lang: Lang) -> String {
    Schema(lang).campaign()
}

/// The schema of `policy.toml`, with descriptions in a language.
pub fn policy(lang: Lang) -> String {
    Schema(lang).policy()
}

/// The language of the descriptions.
struct Schema(Lang);

impl Schema {
    fn campaign(&self) -> String {
        let mut schema = self.table(
            text!(
                en: "A campaign of Drumbeat: what is posted, by whom, for whom, and when.",
                zh: "一个活动：发什么，由谁发，发给谁，什么时候发。"
            ),
            &["id", "content", "visible_range", "schedule"],
            json!({
                "id": {
                    "type": "string",
                    "pattern": "^[a-z0-9-]{1,64}$",
                    "description": self.say(text!(
                        en: "The campaign's identity in the history: 1 to 64 of a-z, 0-9 and -. Renaming the file changes nothing.",
                        zh: "活动的身份，发表记录靠它认活动，定了就不要改：1 到 64 个小写字母、数字或 -。文件改名没关系。"
                    )),
                },
                "title": self.text(text!(en: "A name for people.", zh: "给同事看的名称，可以用中文。")),
                "owner": self.text(text!(
                    en: "The user id of the member to notify of trouble.",
                    zh: "出问题时通知谁，写成员账号。"
                )),
                "content": {
                    "description": self.say(text!(
                        en: "What is posted: one content as [content], or several as [[content]], which take turns.",
                        zh: "发什么：一条内容写 [content]；几条内容轮流发，每条写一个 [[content]]。"
                    )),
                    "oneOf": [
                        { "type": "object", "$ref": "#/definitions/content" },
                        { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/content" } },
                    ],
                },
                "rotation": self.table(
                    text!(en: "How several contents take turns.", zh: "几条内容怎么轮换。"),
                    &[],
                    json!({
                        "order": self.one_of(&["listed", "shuffled"], text!(
                                en: "\"listed\" as in the file; \"shuffled\" in another order in each cycle, which the plan shows.",
                                zh: "`listed` 按文件里的顺序；`shuffled` 每一轮打乱顺序，发表计划里能看到。不写就是 `listed`。"
                            )),
                        "after_last": self.one_of(&["repeat", "stop"], text!(
                                en: "After the last content: \"repeat\" begins again, \"stop\" ends the campaign.",
                                zh: "最后一条发完以后：`repeat` 从头再来，`stop` 活动结束。不写就是 `repeat`。"
                            )),
                    }),
                ),
                "visible_range": { "$ref": "#/definitions/range" },
                "schedule": { "$ref": "#/definitions/schedule" },
                "allow": self.list(
                    text!(
                        en: "Warnings of `drumbeat check` that are accepted in this file, by name.",
                        zh: "这个文件里确认没有问题的警告，写规则的名称，例如 \"everyone\"。"
                    ),
                    json!({ "type": "string" }),
                ),
            }),
        );
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        schema["title"] = self.say(text!(en: "Drumbeat campaign", zh: "Drumbeat 活动"));
        schema["definitions"] = json!({
            "content": self.content(),
            "media": self.media(),
            "range": self.range(),
            "schedule": self.schedule(),
        });
        pretty(&schema)
    }

    fn policy(&self) -> String {
        let mut schema = self.table(
            text!(en: "What applies to every campaign of a book.", zh: "公共设置：对活动目录里的每个活动都有效。"),
            &[],
            json!({
                "timezone": self.text(text!(
                    en: "The time zone of schedules that name none, as in \"Asia/Shanghai\".",
                    zh: "活动没写时区时用的时区，例如 \"Asia/Shanghai\"。"
                )),
                "language": self.one_of(&["zh", "en"], text!(
                        en: "The language of what people read about this book: findings, plans, comments, notifications.",
                        zh: "给人看的内容用哪种语言：检查结果、发表计划、评论、通知。zh 是中文，en 是英文。"
                    )),
                "variables": {
                    "type": "object",
                    "description": self.say(text!(
                        en: "Words for texts and link titles to use as {{{{ name }}}}, such as a phone number.",
                        zh: "变量：常用的内容（例如电话、地址）在这里写一次，文字和链接标题里写 {{{{ 变量名 }}}} 就能用。"
                    )),
                    "additionalProperties": { "type": "string", "minLength": 1 },
                },
                "audiences": {
                    "type": "object",
                    "description": self.say(text!(
                        en: "Named audiences, for campaigns to use as visible_range.audience.",
                        zh: "预设范围：起好名字，活动在 visible_range.audience 里写名字就能用。"
                    )),
                    "additionalProperties": { "$ref": "#/definitions/range" },
                },
                "calendar": self.calendar(),
                "limits": self.limits(),
                "wording": self.table(
                    text!(en: "Words that must not be posted.", zh: "禁用词。"),
                    &[],
                    json!({
                        "refuse": self.list(
                            text!(en: "Words with their level, reason and suggestion.", zh: "禁用词，以及级别、原因和建议的说法。"),
                            self.refuse(),
                        ),
                    }),
                ),
            }),
        );
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        schema["title"] = self.say(text!(en: "Drumbeat policy", zh: "Drumbeat 公共设置"));
        schema["definitions"] = json!({ "range": self.range() });
        pretty(&schema)
    }

    fn content(&self) -> Value {
        let variables = text!(
            en: "{{{{ month }}}}, {{{{ day }}}} and {{{{ weekday }}}} stand for the day of the post, other names for the values of [variables] in policy.toml.",
            zh: "可以用变量：{{{{ month }}}} 是发表当天的月份，{{{{ day }}}} 是几号，{{{{ weekday }}}} 是周几，还有公共设置 policy.toml 的 [variables] 里写好的变量。"
        );
        self.table(
            text!(en: "A text, or one kind of attachment, or both.", zh: "内容：文字，或一种附件，或两者都有。"),
            &[],
            json!({
                "text": {
                    "type": "string",
                    "anyOf": up_to(TEXT_CHARS + 1),
                    "description": self.say(text!(
                        en: "The text, at most {TEXT_CHARS} characters. One line end before the closing quotes is not sent. {variables}",
                        zh: "文字，最多 {TEXT_CHARS} 个字。结尾引号前的那一个换行不会发出去。{variables}",
                        variables = variables
                    )),
                },
                "images": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": IMAGES,
                    "items": { "$ref": "#/definitions/media" },
                    "description": self.say(text!(
                        en: "1 to {IMAGES} JPG or PNG files, with paths that start at this file.",
                        zh: "图片，1 到 {IMAGES} 张 JPG 或 PNG，路径从本文件所在的文件夹写起。"
                    )),
                },
                "video": { "$ref": "#/definitions/media" },
                "on": {
                    "description": self.say(text!(
                        en: "Local dates, as in [2026-12-25], on which this content is posted; it takes no other turns.",
                        zh: "只在这些日期发这条内容，例如 [2026-12-25]；不参加轮换。"
                    )),
                    "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                },
                "link": self.table(
                    text!(en: "A card that leads to a web page.", zh: "链接：点开一个网页的卡片。"),
                    &["url", "cover"],
                    json!({
                        "title": {
                            "type": "string",
                            "anyOf": up_to(LINK_TITLE_CHARS),
                            "description": self.say(text!(
                                en: "The title on the card, at most {LINK_TITLE_CHARS} characters. {variables}",
                                zh: "链接标题，最多 {LINK_TITLE_CHARS} 个字。{variables}",
                                variables = variables
                            )),
                        },
                        "url": {
                            "type": "string",
                            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
                            "description": self.say(text!(en: "The address of the page.", zh: "网址，以 https:// 开头。")),
                        },
                        "cover": { "$ref": "#/definitions/media" },
                    }),
                ),
            }),
        )
    }

    fn media(&self) -> Value {
        json!({
            "description": self.say(text!(
                en: "A file of the book, with a path that starts at this file; or the id of an upload, which expires after three days.",
                zh: "活动目录里的素材文件，路径从本文件所在的文件夹写起；也可以写素材 ID，但三天后失效。"
            )),
            "oneOf": [
                { "type": "string", "minLength": 1 },
                self.table(
                    text!(en: "An upload.", zh: "已上传到企业微信的素材。"),
                    &["media_id"],
                    json!({ "media_id": self.text(text!(en: "The id that WeCom gave.", zh: "企业微信给的素材 ID。")) }),
                ),
            ],
        })
    }

    fn range(&self) -> Value {
        self.table(
            text!(
                en: "Which members are asked to post, and which customers see the post.",
                zh: "发表范围：由谁发，哪些客户能看到。"
            ),
            &[],
            json!({
                "sender_list": self.table(
                    text!(en: "The members who are asked to post.", zh: "由哪些成员发表。"),
                    &[],
                    json!({
                        "user_list": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": USERS,
                            "items": { "type": "string", "minLength": 1, "maxLength": 64 },
                            "description": self.say(text!(
                                en: "User ids (accounts, not names).",
                                zh: "成员账号（在通讯录里看，不是姓名）。"
                            )),
                        },
                        "department_list": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "oneOf": [
                                    { "type": "integer", "minimum": 1 },
                                    { "type": "string", "pattern": "[^0-9]" },
                                ],
                            },
                            "description": self.say(text!(
                                en: "Department ids; or names, where the book has a directory.toml: \"销售部\", \"总部/销售部\".",
                                zh: "部门 ID；活动目录里有名录 directory.toml 时，也可以写名称：\"销售部\"、\"总部/销售部\"。"
                            )),
                        },
                    }),
                ),
                "external_contact_list": self.table(
                    text!(en: "The customers who see the post.", zh: "哪些客户能看到。"),
                    &[],
                    json!({
                        "tag_list": {
                            "type": "array",
                            "minItems": 1,
                            "items": { "type": "string", "minLength": 1 },
                            "description": self.say(text!(
                                en: "Ids of enterprise customer tags, which begin with `et`; or names, where the book has a directory.toml: \"VIP客户\", \"客户等级/VIP客户\".",
                                zh: "客户标签的 ID，以 et 开头；活动目录里有名录 directory.toml 时，也可以写名称：\"VIP客户\"、\"客户等级/VIP客户\"。"
                            )),
                        },
                    }),
                ),
                "audience": self.text(text!(
                    en: "A named audience of policy.toml, instead of the lists.",
                    zh: "公共设置 policy.toml 里的预设范围，代替名单。"
                )),
                "all": {
                    "type": "boolean",
                    "description": self.say(text!(
                        en: "true: every member in the app's scope is asked to post.",
                        zh: "写 true 表示由应用可见范围内的所有成员发表。"
                    )),
                },
            }),
        )
    }

    fn schedule(&self) -> Value {
        self.table(
            text!(en: "When it is posted.", zh: "发表时间：什么时候发。"),
            &[],
            json!({
                "cron": self.text(text!(
                    en: "Minute, hour, day of the month, month, weekday, as in \"0 9 * * MON\".",
                    zh: "固定周期：分 时 日 月 星期，例如每周一 9:00 写 \"0 9 * * MON\"。"
                )),
                "day_match": self.one_of(&["any", "all"], text!(
                        en: "If cron has days of the month and weekdays: \"any\" needs one of them, \"all\" needs both.",
                        zh: "cron 里同时写了日和星期时用：any 满足一个就发，all 两个都满足才发。"
                    )),
                "at": {
                    "description": self.say(text!(
                        en: "A local date and time, as in \"2026-03-02 09:00\", or a list of them; instead of cron.",
                        zh: "具体的日期和时间，例如 \"2026-03-02 09:00\"，可以写几个；代替 cron。"
                    )),
                    "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                },
                "lunar": {
                    "description": self.say(text!(
                        en: "A day of the Chinese lunar calendar with a time, each year, as in \"正月十五 09:00\" or \"除夕 18:00\", or a list of them; instead of cron.",
                        zh: "每年的农历日子和时间，例如 \"正月十五 09:00\"、\"除夕 18:00\"，可以写几个；代替 cron。"
                    )),
                    "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                },
                "timezone": self.text(text!(
                    en: "An IANA name, as in \"Asia/Shanghai\". If left out, the policy's.",
                    zh: "时区，例如 \"Asia/Shanghai\"。不写就用公共设置里的。"
                )),
                "start": self.text(text!(
                    en: "A local date, or date and time, included: nothing is posted before it.",
                    zh: "从什么时候起，写日期或日期加时间，当天也算；之前不发。"
                )),
                "end": self.text(text!(
                    en: "A local date, or date and time, included: nothing is posted after it.",
                    zh: "到什么时候止，写日期或日期加时间，当天也算；之后不发。"
                )),
                "skip": self.list(
                    text!(
                        en: "Local dates without a post: dates, and ranges of dates.",
                        zh: "这些天不发，写日期或一段日期。"
                    ),
                    self.skipped(),
                ),
                "days": self.one_of(&["any", "workday", "holiday", "weekend"], text!(
                        en: "Which days count, by the calendar of public holidays.",
                        zh: "只在哪类日子发，按放假日历：workday 工作日，holiday 节假日，weekend 周末，any 都发。"
                    )),
                "on_day_off": self.one_of(&["skip", "before", "after"], text!(
                        en: "What happens on days off: \"skip\" posts nothing, \"before\" posts on the workday before, \"after\" on the workday after.",
                        zh: "遇到不上班的日子怎么办：`skip` 不发，`before` 提前到前一个工作日，`after` 顺延到后一个工作日。"
                    )),
                "every": {
                    "type": "string",
                    "pattern": "^[0-9]+w$",
                    "description": self.say(text!(
                        en: "Only every so many weeks, as in \"2w\" for every other week; the week of `start` is the first.",
                        zh: "每几周发一周：隔周写 \"2w\"，每三周写 \"3w\"；start 所在的一周是第一周。"
                    )),
                },
                "max_runs": {
                    "type": "integer",
                    "minimum": 1,
                    "description": self.say(text!(
                        en: "The largest number of posts, counted from `start`.",
                        zh: "最多发几次，从 start 算起。"
                    )),
                },
                "max_lateness": self.text(text!(
                    en: "How late a post may still go out, as in \"30m\"; a later one is not sent. If left out, one hour.",
                    zh: "最长延迟，例如 \"30m\" 是 30 分钟：晚过这个时长就不再发。不写是 1 小时。"
                )),
            }),
        )
    }

    /// An entry of `skip`.
    fn skipped(&self) -> Value {
        let range = self.table(
            text!(en: "Every date of a range.", zh: "一段日期里的每一天。"),
            &["from", "to"],
            json!({
                "from": self.text(text!(en: "The first date, as in 2027-02-05.", zh: "第一天，例如 2027-02-05。")),
                "to": self.text(text!(en: "The last date, included.", zh: "最后一天，当天也算。")),
            }),
        );
        json!({ "oneOf": [self.text(text!(en: "A date, as in 2026-04-06.", zh: "一个日期，例如 2026-04-06。")), range] })
    }

    fn calendar(&self) -> Value {
        let blackout = self.table(
            text!(en: "A period without posts.", zh: "停发期：这段时间里什么都不发。"),
            &["from", "to"],
            json!({
                "from": self.text(text!(
                    en: "Its start, as a local date, or date and time, included.",
                    zh: "开始，写日期或日期加时间，当天也算。"
                )),
                "to": self.text(text!(
                    en: "Its end, as a local date, or date and time, included.",
                    zh: "结束，写日期或日期加时间，当天也算。"
                )),
                "reason": self.text(text!(en: "Why.", zh: "原因，给同事看。")),
            }),
        );
        self.table(
            text!(en: "Days and hours.", zh: "哪些日子和时段不发。"),
            &[],
            json!({
                "file": self.text(text!(
                    en: "The calendar file of the book, which says which days are workdays and holidays.",
                    zh: "活动目录里的放假日历，写明哪天是工作日，哪天是节假日。"
                )),
                "blackout": self.list(text!(en: "Periods without posts.", zh: "停发期，可以有几段。"), blackout),
                "quiet_hours": self.table(
                    text!(
                        en: "Hours of every day without posts. If `from` is later than `to`, they last past midnight.",
                        zh: "免打扰时段：每天的这段时间不发。from 比 to 晚时，表示过了半夜。"
                    ),
                    &["from", "to"],
                    json!({
                        "from": self.text(text!(en: "A time, as in 21:30:00.", zh: "从几点起，例如 21:30:00。")),
                        "to": self.text(text!(en: "A time, as in 07:30:00.", zh: "到几点止，例如 07:30:00。")),
                    }),
                ),
            }),
        )
    }

    fn limits(&self) -> Value {
        let number = |what: Text| json!({ "type": "integer", "minimum": 1, "description": self.say(what) });
        self.table(
            text!(en: "What `drumbeat check` holds the book to.", zh: "检查时用的上限。"),
            &[],
            json!({
                "max_per_day": number(text!(
                    en: "Most posts of one campaign in a day. If left out, 3.",
                    zh: "一个活动一天最多发几次。不写是 3 次。"
                )),
                "max_per_audience_per_day": number(text!(
                    en: "Most posts to the same people in a day. If left out, no limit.",
                    zh: "同样的人一天最多被发几次。不写就不限。"
                )),
                "same_text_days": number(text!(
                    en: "Days within which the same people must not get nearly the same text. If left out, off.",
                    zh: "多少天内，不给同样的人发几乎相同的文字。不写就不检查。"
                )),
            }),
        )
    }

    fn refuse(&self) -> Value {
        self.table(
            text!(en: "Some words.", zh: "一组禁用词。"),
            &["words"],
            json!({
                "words": {
                    "type": "array",
                    "minItems": 1,
                    "items": { "type": "string", "minLength": 1 },
                    "description": self.say(text!(en: "The words.", zh: "哪些词。")),
                },
                "level": self.one_of(&["error", "warning"], text!(
                        en: "Whether a post with such a word is an error or a warning. If left out, an error.",
                        zh: "用了这些词算错误（error）还是警告（warning）。不写算错误。"
                    )),
                "reason": self.text(text!(en: "Why, for the writer to read.", zh: "原因，给写活动的人看。")),
                "suggest": self.text(text!(en: "What to write instead.", zh: "建议换成什么说法。")),
            }),
        )
    }

    fn table(&self, description: Text, required: &[&str], properties: Value) -> Value {
        let mut table = json!({
            "type": "object",
            "description": self.say(description),
            "additionalProperties": false,
            "properties": properties,
        });
        if !required.is_empty() {
            table["required"] = json!(required);
        }
        table
    }

    fn list(&self, description: Text, items: Value) -> Value {
        json!({ "type": "array", "description": self.say(description), "items": items })
    }

    /// One of some words.
    fn one_of(&self, words: &[&str], description: Text) -> Value {
        json!({ "enum": words, "description": self.say(description) })
    }

    fn text(&self, description: Text) -> Value {
        json!({ "type": "string", "description": self.say(description) })
    }

    fn say(&self, text: Text) -> Value {
        text.into_lang(self.0).into()
    }
}

/// At most so many characters as written; what a text with variables comes to is measured by `check`.
fn up_to(max_chars: usize) -> Value {
    json!([{ "maxLength": max_chars }, { "pattern": "\\{\\{" }])
}

fn pretty(schema: &Value) -> String {
    // The alternate form of a value is its indented text.
    format!("{schema:#}\n")
}
