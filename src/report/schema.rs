//! JSON Schemas of the files that people write, for editors: they complete keys, show descriptions and mark slips.
//!
//! Draft 7, which every editor knows. A schema says less than `check` does, and nothing that `check` does not say; a test
//! walks both and holds them together.

use serde_json::{Value, json};

use crate::limits::{IMAGES, LINK_TITLE_CHARS, TEXT_CHARS, USERS};

/// The schema of a campaign file.
pub fn campaign() -> String {
    let mut schema = table(
        "A campaign of Drumbeat: what is posted, by whom, for whom, and when.",
        &["id", "content", "visible_range", "schedule"],
        json!({
            "id": {
                "type": "string",
                "pattern": "^[a-z0-9-]{1,64}$",
                "description": "The campaign's identity: a-z, 0-9 and -, 1 to 64 of them. History hangs on it; renaming the file changes nothing.",
            },
            "title": text("What people call it."),
            "owner": text("Who hears of trouble."),
            "content": { "$ref": "#/definitions/content" },
            "visible_range": { "$ref": "#/definitions/range" },
            "schedule": { "$ref": "#/definitions/schedule" },
            "allow": list("Warnings of `drumbeat check` that are meant to be so in this file, by name.", json!({ "type": "string" })),
        }),
    );
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Drumbeat campaign");
    schema["definitions"] = json!({ "content": content(), "media": media(), "range": range(), "schedule": schedule() });
    pretty(&schema)
}

/// The schema of `policy.toml`.
pub fn policy() -> String {
    let mut schema = table(
        "What holds for every campaign of a book.",
        &[],
        json!({
            "timezone": text("The time zone of schedules that name none, as in \"Asia/Shanghai\"."),
            "language": {
                "enum": ["zh", "en"],
                "description": "The language of what people read about this book: findings, plans, comments, notifications.",
            },
            "audiences": {
                "type": "object",
                "description": "Audiences by name, for campaigns to use as visible_range.audience.",
                "additionalProperties": { "$ref": "#/definitions/range" },
            },
            "calendar": calendar(),
            "limits": limits(),
            "wording": table("Words that are not to be posted.", &[], json!({ "refuse": list("Words with their level, reason and suggestion.", refuse()) })),
        }),
    );
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Drumbeat policy");
    schema["definitions"] = json!({ "range": range() });
    pretty(&schema)
}

fn content() -> Value {
    table(
        "Text, or one kind of attachment, or both.",
        &[],
        json!({
            "text": {
                "type": "string",
                "maxLength": TEXT_CHARS + 1,
                "description": format!("The words, at most {TEXT_CHARS} characters. One line end before the closing quotes is not sent."),
            },
            "images": {
                "type": "array",
                "minItems": 1,
                "maxItems": IMAGES,
                "items": { "$ref": "#/definitions/media" },
                "description": format!("1 to {IMAGES} JPG or PNG files, by their paths from this file."),
            },
            "video": { "$ref": "#/definitions/media" },
            "link": table(
                "A card that leads to a page.",
                &["url", "cover"],
                json!({
                    "title": {
                        "type": "string",
                        "maxLength": LINK_TITLE_CHARS,
                        "description": format!("What stands on the card, at most {LINK_TITLE_CHARS} characters."),
                    },
                    "url": { "type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://", "description": "The page's address." },
                    "cover": { "$ref": "#/definitions/media" },
                }),
            ),
        }),
    )
}

fn media() -> Value {
    json!({
        "description": "A file of the book, by its path from this file; or the id of an upload, which dies after three days.",
        "oneOf": [
            { "type": "string", "minLength": 1 },
            table("An upload.", &["media_id"], json!({ "media_id": text("The id that WeCom gave.") })),
        ],
    })
}

fn range() -> Value {
    table(
        "Who is asked to post, and which customers may see it.",
        &[],
        json!({
            "sender_list": table(
                "The members who are asked to post.",
                &[],
                json!({
                    "user_list": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": USERS,
                        "items": { "type": "string", "minLength": 1, "maxLength": 64 },
                        "description": "User ids (accounts, not names).",
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
                        "description": "Department ids; or names, where the book has a directory.toml: \"销售部\", \"总部/销售部\".",
                    },
                }),
            ),
            "external_contact_list": table(
                "The customers who may see the post.",
                &[],
                json!({
                    "tag_list": {
                        "type": "array",
                        "minItems": 1,
                        "items": { "type": "string", "minLength": 1 },
                        "description": "Ids of enterprise customer tags, which begin with `et`; or names, where the book has a directory.toml: \"VIP客户\", \"客户等级/VIP客户\".",
                    },
                }),
            ),
            "audience": text("A named audience of policy.toml, in place of the lists."),
            "all": {
                "type": "boolean",
                "description": "true, said out loud: every member in the app's scope is asked to post.",
            },
        }),
    )
}

fn schedule() -> Value {
    let moment = "A local date, or a local date-time";
    table(
        "When it is posted.",
        &[],
        json!({
            "cron": text("minute hour day-of-month month weekday, as in \"0 9 * * MON\"."),
            "day_match": {
                "enum": ["any", "all"],
                "description": "Where cron names days of the month and weekdays too: whether either is enough, or both must be met.",
            },
            "at": {
                "description": "A local date-time, as in 2026-03-02T09:00:00, or a list of them; in place of cron.",
                "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            },
            "timezone": text("An IANA name, as in \"Asia/Shanghai\". The policy's if left out."),
            "start": text(&format!("{moment}, included: nothing is posted before it.")),
            "end": text(&format!("{moment}, included: nothing is posted after it.")),
            "skip": list("Local dates on which nothing is posted: dates, and ranges of dates.", skipped()),
            "days": {
                "enum": ["any", "workday", "holiday", "weekend"],
                "description": "Which days count, by the calendar of public holidays.",
            },
            "max_runs": { "type": "integer", "minimum": 1, "description": "At most so many posts, counted from `start`." },
            "max_lateness": text("How late a post may still go out, as in \"30m\"; later it is dropped. An hour if left out."),
        }),
    )
}

/// An entry of `skip`.
fn skipped() -> Value {
    let range = table(
        "Every date of a range.",
        &["from", "to"],
        json!({ "from": text("Its first date, as in 2027-02-05."), "to": text("Its last date, included.") }),
    );
    json!({ "oneOf": [text("A date, as in 2026-04-06."), range] })
}

fn calendar() -> Value {
    let moment = |what: &str| text(&format!("{what}, as a local date or date-time, included."));
    let blackout = table(
        "A stretch of time in which nothing is posted.",
        &["from", "to"],
        json!({ "from": moment("Its start"), "to": moment("Its end"), "reason": text("Why.") }),
    );
    table(
        "Days and hours.",
        &[],
        json!({
            "file": text("The calendar file of the book that says which days are workdays and holidays."),
            "blackout": list("Stretches of time in which nothing is posted.", blackout),
            "quiet_hours": table(
                "Hours of every day in which nothing is posted, past midnight where `from` is the later one.",
                &["from", "to"],
                json!({ "from": text("A time, as in 21:30:00."), "to": text("A time, as in 07:30:00.") }),
            ),
        }),
    )
}

fn limits() -> Value {
    let number = |what: &str| json!({ "type": "integer", "minimum": 1, "description": what });
    table(
        "What `drumbeat check` holds the book to.",
        &[],
        json!({
            "max_per_day": number("Most posts of one campaign in a day; 3 if left out."),
            "max_per_audience_per_day": number("Most posts to the same people in a day; no limit if left out."),
            "same_text_days": number("Days within which the same people are not to get nearly the same text; off if left out."),
        }),
    )
}

fn refuse() -> Value {
    table(
        "Some words.",
        &["words"],
        json!({
            "words": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 }, "description": "The words." },
            "level": { "enum": ["error", "warning"], "description": "Whether a post with such a word is refused; error if left out." },
            "reason": text("Why, for the writer to read."),
            "suggest": text("What to write instead."),
        }),
    )
}

fn table(description: &str, required: &[&str], properties: Value) -> Value {
    let mut table = json!({
        "type": "object",
        "description": description,
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    table
}

fn list(description: &str, items: Value) -> Value {
    json!({ "type": "array", "description": description, "items": items })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn pretty(schema: &Value) -> String {
    // The alternate form of a value is its indented text.
    format!("{schema:#}\n")
}
