"""APScheduler with many jobs due at one instant: apscheduler_burst.py WAY JOBS STORE. Prints one row of a table.

WAY: `threads` and `asyncio` with the defaults of each; `threads-no-grace` told to start a job however late it is;
`sqlite-no-grace` the same with its jobs in SQLite, so that they outlive the process.
"""

import asyncio
import datetime
import logging
import sys
import threading
import time
from collections import Counter

import apscheduler
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

# Nothing begins any more when nothing has for so long, in seconds.
QUIET = 10

begun = []
lock = threading.Lock()


def note(job):
    now = time.time()
    with lock:
        begun.append((job, now))


async def note_in_loop(job):
    note(job)


def resident_mb():
    with open("/proc/self/status") as status:
        kib = next(line for line in status if line.startswith("VmRSS")).split()[1]
    return int(kib) * 1024 / 1e6


def arm(scheduler, call, jobs, options, lead):
    """Adds the jobs, all due at one full second, and gives that second."""
    due = datetime.datetime.now().replace(microsecond=0) + datetime.timedelta(seconds=lead)
    for job in range(jobs):
        trigger = CronTrigger(hour=due.hour, minute=due.minute, second=due.second)
        scheduler.add_job(call, trigger, args=[job], id=str(job), **options)
    if datetime.datetime.now() > due - datetime.timedelta(seconds=2):
        sys.exit("adding the jobs took longer than there was time: use fewer")
    return due.timestamp()


def is_over(due):
    with lock:
        last = max((at for _, at in begun), default=due)
    return time.time() > max(last, due) + QUIET


def say(name, jobs, due, armed):
    times = Counter(job for job, _ in begun)
    late = sorted((at - due) * 1e3 for _, at in begun)
    twice = sum(count > 1 for count in times.values())
    part = lambda share: f"{late[min(len(late) - 1, int(share * len(late)))]:.0f}" if late else "–"
    print(
        f"| APScheduler {apscheduler.version}, {name} | {armed:.0f} | {len(times):,} | {jobs - len(times):,} | {twice} "
        f"| {part(0.5)} | {part(0.99)} | {part(1)} |",
        flush=True,
    )


def in_threads(name, jobs, scheduler, options, lead):
    scheduler.start()
    due = arm(scheduler, note, jobs, options, lead)
    armed = resident_mb()
    while not is_over(due):
        time.sleep(0.5)
    say(name, jobs, due, armed)


async def in_a_loop(jobs):
    scheduler = AsyncIOScheduler()
    scheduler.start()
    due = arm(scheduler, note_in_loop, jobs, {}, 20)
    armed = resident_mb()
    while not is_over(due):
        await asyncio.sleep(0.5)
    say("asyncio, its defaults", jobs, due, armed)


def main():
    way, jobs, store = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    # What it drops it says line by line.
    logging.disable(logging.CRITICAL)
    no_grace = {"misfire_grace_time": None}
    if way == "threads":
        in_threads("threads, its defaults", jobs, BackgroundScheduler(), {}, 20)
    elif way == "asyncio":
        asyncio.run(in_a_loop(jobs))
    elif way == "threads-no-grace":
        in_threads("threads, no grace time", jobs, BackgroundScheduler(), no_grace, 20)
    elif way == "sqlite-no-grace":
        # Here, so that the others are not charged for it.
        from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

        scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{store}")})
        in_threads("threads, no grace time, jobs in SQLite", jobs, scheduler, no_grace, 20 + jobs // 50)
    else:
        sys.exit(__doc__)


main()
