"""Answers the rows on standard input as croniter does: one JSON list of [text, zone, local start, count] in, one out."""

import json
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter

answers = []
for text, zone, start, count in json.load(sys.stdin):
    start = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    times = croniter(text, start)
    answers.append([times.get_next(datetime).strftime("%Y-%m-%dT%H:%M:%S") for _ in range(count)])
json.dump(answers, sys.stdout)
