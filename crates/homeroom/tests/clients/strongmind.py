"""`strongmind-oneroster-client` (generated from an OpenAPI document of 1.1, bearer tokens)."""

import requests
import oneroster_client as client
from ground import BASE, TOLD, holds, same

answer = requests.post(
    BASE + "/oauth/token",
    auth=(TOLD["client_id"], TOLD["client_secret"]),
    data={"grant_type": "client_credentials"},
)
same("a token", answer.status_code, 200)
configuration = client.Configuration()
configuration.host = BASE + "/ims/oneroster/v1p1"
configuration.access_token = answer.json()["access_token"]
api = client.ApiClient(configuration)

COLLECTIONS = [
    (client.UsersManagementApi, "users"),
    (client.StudentsManagementApi, "students"),
    (client.TeachersManagementApi, "teachers"),
    (client.OrgsManagementApi, "orgs"),
    (client.SchoolsManagementApi, "schools"),
    (client.ClassesManagementApi, "classes"),
    (client.CoursesManagementApi, "courses"),
    (client.EnrollmentsManagementApi, "enrollments"),
    (client.AcademicSessionsManagementApi, "academic_sessions"),
    (client.TermsManagementApi, "terms"),
    (client.GradingPeriodsManagementApi, "grading_periods"),
    (client.DemographicsManagementApi, "demographics"),
]


def records(answer):
    """The one list that an answer holds."""
    return next(value for value in answer.to_dict().values() if isinstance(value, list))


for kind, name in COLLECTIONS:
    found = records(getattr(kind(api), "get_" + name)(limit=10000, offset=0))
    same(f"all {name}", len(found), TOLD["totals"][name])

users = client.UsersManagementApi(api)
one = records(users.get_users(limit=1, filter=f"sourcedId='{TOLD['student']['sourcedId']}'"))
same("one student by filter", [u["sourced_id"] for u in one], [TOLD["student"]["sourcedId"]])
same("the same by id", users.get_user(TOLD["student"]["sourcedId"]).user.email, TOLD["student"]["email"])
descending = [u["sourced_id"] for u in records(users.get_users(limit=20, sort="sourcedId", order_by="desc"))]
same("in descending order", descending, sorted(descending, reverse=True))
classes = client.ClassesManagementApi(api)
of_student = {c["sourced_id"] for c in records(classes.get_classes_for_student(TOLD["student"]["sourcedId"]))}
holds("the class of the student", TOLD["class"]["sourcedId"] in of_student)
of_school = records(classes.get_classes_for_school(TOLD["school"]["sourcedId"], limit=10000))
holds("the class of the school", TOLD["class"]["sourcedId"] in {c["sourced_id"] for c in of_school})
try:
    users.get_user("no-such-user")
    raise SystemExit("an unknown user was found")
except requests.HTTPError as error:
    same("an unknown user", error.response.status_code, 404)
