"""The connector `oneroster` (ClassLink, OAuth 1.0a), as its users call it."""

import shims

shims.old_names()

from ground import BASE, TOLD, holds, same  # noqa: E402
from oneroster import ClasslinkConnector  # noqa: E402


def connector(**more):
    host = BASE + "/ims/oneroster/v1p1/"
    return ClasslinkConnector(host, client_id=TOLD["key"], client_secret=TOLD["secret"], **more)


for kind in ("students", "teachers", "users"):
    same(f"all {kind}", len(connector().get_users(user_filter=kind)), TOLD["totals"][kind])
# In small pages, which it reads by the links.
small = connector(page_size=70).get_users(user_filter="students")
same("students in pages", len({s["sourcedId"] for s in small}), TOLD["totals"]["students"])
same("at most five", len(connector(max_users=5).get_users(user_filter="users")), 5)

for group, name in (("schools", TOLD["school"]["name"]), ("classes", TOLD["class"]["title"])):
    found = connector().get_users(group_filter=group, group_name=name, user_filter="students")
    holds(f"students of {group} by name", found)
    holds("each is a student", all(s["role"] == "student" for s in found))
found = connector(match_on=["sourcedId"]).get_users(
    group_filter="classes", group_name=TOLD["class"]["sourcedId"], user_filter="students"
)
same("students of the class by its id", {s["sourcedId"] for s in found}, set(TOLD["class"]["students"]))
found = connector().get_users(group_filter="courses", group_name=TOLD["course"]["title"], user_filter="students")
holds("students of a course by name", {s["sourcedId"] for s in found} >= set(TOLD["class"]["students"]))

# Keys and secrets that are wrong are refused in words.
try:
    ClasslinkConnector(BASE + "/ims/oneroster/v1p1/", client_id=TOLD["key"], client_secret="wrong").get_users(
        user_filter="users"
    )
    raise SystemExit("a wrong secret was taken")
except Exception as error:
    holds("a wrong secret is refused with 401", "401" in str(error))
