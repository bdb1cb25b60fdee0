CREATE TABLE "orgs" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "name" TEXT, "type" TEXT, "identifier" TEXT, "parent" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "orgs_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "name" TEXT, "type" TEXT, "identifier" TEXT, "parent" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "orgs_sourcedId" ON "orgs" ("sourcedId");
CREATE INDEX "orgs_published" ON "orgs" ("published", "rid", "status");
CREATE INDEX "orgs_type" ON "orgs" ("type");
CREATE INDEX "orgs_parent" ON "orgs" ("parent");
CREATE INDEX "orgs_history_rid" ON "orgs_history" ("rid");
CREATE INDEX "orgs_history_until" ON "orgs_history" ("until");

CREATE TABLE "academicSessions" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "type" TEXT, "startDate" INTEGER, "endDate" INTEGER, "parent" INTEGER, "schoolYear" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "academicSessions_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "type" TEXT, "startDate" INTEGER, "endDate" INTEGER, "parent" INTEGER, "schoolYear" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "academicSessions_sourcedId" ON "academicSessions" ("sourcedId");
CREATE INDEX "academicSessions_published" ON "academicSessions" ("published", "rid", "status");
CREATE INDEX "academicSessions_type" ON "academicSessions" ("type");
CREATE INDEX "academicSessions_parent" ON "academicSessions" ("parent");
CREATE INDEX "academicSessions_history_rid" ON "academicSessions_history" ("rid");
CREATE INDEX "academicSessions_history_until" ON "academicSessions_history" ("until");

CREATE TABLE "courses" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "schoolYear" INTEGER, "title" TEXT, "courseCode" TEXT, "grades" TEXT, "org" INTEGER, "subjects" TEXT, "subjectCodes" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "courses_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "schoolYear" INTEGER, "title" TEXT, "courseCode" TEXT, "grades" TEXT, "org" INTEGER, "subjects" TEXT, "subjectCodes" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "courses_sourcedId" ON "courses" ("sourcedId");
CREATE INDEX "courses_published" ON "courses" ("published", "rid", "status");
CREATE INDEX "courses_org" ON "courses" ("org");
CREATE INDEX "courses_history_rid" ON "courses_history" ("rid");
CREATE INDEX "courses_history_until" ON "courses_history" ("until");

CREATE TABLE "classes" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "grades" TEXT, "course" INTEGER, "classCode" TEXT, "classType" TEXT, "location" TEXT, "school" INTEGER, "terms" TEXT, "subjects" TEXT, "subjectCodes" TEXT, "periods" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "classes_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "grades" TEXT, "course" INTEGER, "classCode" TEXT, "classType" TEXT, "location" TEXT, "school" INTEGER, "terms" TEXT, "subjects" TEXT, "subjectCodes" TEXT, "periods" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "classes_sourcedId" ON "classes" ("sourcedId");
CREATE INDEX "classes_published" ON "classes" ("published", "rid", "status");
CREATE INDEX "classes_course" ON "classes" ("course");
CREATE INDEX "classes_school" ON "classes" ("school");
CREATE INDEX "classes_history_rid" ON "classes_history" ("rid");
CREATE INDEX "classes_history_until" ON "classes_history" ("until");

CREATE TABLE "users" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "enabledUser" TEXT, "orgs" TEXT, "role" TEXT, "username" TEXT, "userIds.type" TEXT, "userIds.identifier" TEXT, "givenName" TEXT, "familyName" TEXT, "middleName" TEXT, "identifier" TEXT, "email" TEXT, "sms" TEXT, "phone" TEXT, "agents" TEXT, "grades" TEXT, "userMasterIdentifier" TEXT, "preferredFirstName" TEXT, "preferredMiddleName" TEXT, "preferredLastName" TEXT, "primaryOrg" INTEGER, "pronouns" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "heldRoles" TEXT );
CREATE TABLE "users_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "enabledUser" TEXT, "orgs" TEXT, "role" TEXT, "username" TEXT, "userIds.type" TEXT, "userIds.identifier" TEXT, "givenName" TEXT, "familyName" TEXT, "middleName" TEXT, "identifier" TEXT, "email" TEXT, "sms" TEXT, "phone" TEXT, "agents" TEXT, "grades" TEXT, "userMasterIdentifier" TEXT, "preferredFirstName" TEXT, "preferredMiddleName" TEXT, "preferredLastName" TEXT, "primaryOrg" INTEGER, "pronouns" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "heldRoles" TEXT, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "users_sourcedId" ON "users" ("sourcedId");
CREATE INDEX "users_published" ON "users" ("published", "rid", "status");
CREATE INDEX "users_role" ON "users" ("role");
CREATE INDEX "users_username" ON "users" ("username", "sourcedId");
CREATE INDEX "users_familyName" ON "users" ("familyName", "sourcedId");
CREATE INDEX "users_identifier" ON "users" ("identifier", "sourcedId");
CREATE INDEX "users_email" ON "users" ("email", "sourcedId");
CREATE INDEX "users_history_rid" ON "users_history" ("rid");
CREATE INDEX "users_history_until" ON "users_history" ("until");

CREATE TABLE "userProfiles" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "user" INTEGER, "profileType" TEXT, "vendorId" TEXT, "applicationId" TEXT, "description" TEXT, "type" TEXT, "username" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "userProfiles_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "user" INTEGER, "profileType" TEXT, "vendorId" TEXT, "applicationId" TEXT, "description" TEXT, "type" TEXT, "username" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "userProfiles_sourcedId" ON "userProfiles" ("sourcedId");
CREATE INDEX "userProfiles_published" ON "userProfiles" ("published", "rid", "status");
CREATE INDEX "userProfiles_user" ON "userProfiles" ("user");
CREATE INDEX "userProfiles_history_rid" ON "userProfiles_history" ("rid");
CREATE INDEX "userProfiles_history_until" ON "userProfiles_history" ("until");

CREATE TABLE "roles" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "user" INTEGER, "roleType" TEXT, "role" TEXT, "beginDate" INTEGER, "endDate" INTEGER, "org" INTEGER, "userProfile" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "roles_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "user" INTEGER, "roleType" TEXT, "role" TEXT, "beginDate" INTEGER, "endDate" INTEGER, "org" INTEGER, "userProfile" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "roles_sourcedId" ON "roles" ("sourcedId");
CREATE INDEX "roles_published" ON "roles" ("published", "rid", "status");
CREATE INDEX "roles_user" ON "roles" ("user");
CREATE INDEX "roles_org" ON "roles" ("org");
CREATE INDEX "roles_history_rid" ON "roles_history" ("rid");
CREATE INDEX "roles_history_until" ON "roles_history" ("until");

CREATE TABLE "demographics" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "birthDate" INTEGER, "sex" TEXT, "americanIndianOrAlaskaNative" TEXT, "asian" TEXT, "blackOrAfricanAmerican" TEXT, "nativeHawaiianOrOtherPacificIslander" TEXT, "white" TEXT, "demographicRaceTwoOrMoreRaces" TEXT, "hispanicOrLatinoEthnicity" TEXT, "countryOfBirthCode" TEXT, "stateOfBirthAbbreviation" TEXT, "cityOfBirth" TEXT, "publicSchoolResidenceStatus" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "demographics_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "birthDate" INTEGER, "sex" TEXT, "americanIndianOrAlaskaNative" TEXT, "asian" TEXT, "blackOrAfricanAmerican" TEXT, "nativeHawaiianOrOtherPacificIslander" TEXT, "white" TEXT, "demographicRaceTwoOrMoreRaces" TEXT, "hispanicOrLatinoEthnicity" TEXT, "countryOfBirthCode" TEXT, "stateOfBirthAbbreviation" TEXT, "cityOfBirth" TEXT, "publicSchoolResidenceStatus" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "demographics_sourcedId" ON "demographics" ("sourcedId");
CREATE INDEX "demographics_published" ON "demographics" ("published", "rid", "status");
CREATE INDEX "demographics_history_rid" ON "demographics_history" ("rid");
CREATE INDEX "demographics_history_until" ON "demographics_history" ("until");

CREATE TABLE "enrollments" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "class" INTEGER, "school" INTEGER, "user" INTEGER, "role" TEXT, "primary" TEXT, "beginDate" INTEGER, "endDate" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "enrollments_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "class" INTEGER, "school" INTEGER, "user" INTEGER, "role" TEXT, "primary" TEXT, "beginDate" INTEGER, "endDate" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "enrollments_sourcedId" ON "enrollments" ("sourcedId");
CREATE INDEX "enrollments_published" ON "enrollments" ("published", "rid", "status");
CREATE INDEX "enrollments_class" ON "enrollments" ("class");
CREATE INDEX "enrollments_school" ON "enrollments" ("school");
CREATE INDEX "enrollments_user" ON "enrollments" ("user");
CREATE INDEX "enrollments_role" ON "enrollments" ("role");
CREATE INDEX "enrollments_history_rid" ON "enrollments_history" ("rid");
CREATE INDEX "enrollments_history_until" ON "enrollments_history" ("until");

CREATE TABLE "resources" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "vendorResourceId" TEXT, "title" TEXT, "roles" TEXT, "importance" TEXT, "vendorId" TEXT, "applicationId" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "resources_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "vendorResourceId" TEXT, "title" TEXT, "roles" TEXT, "importance" TEXT, "vendorId" TEXT, "applicationId" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "resources_sourcedId" ON "resources" ("sourcedId");
CREATE INDEX "resources_published" ON "resources" ("published", "rid", "status");
CREATE INDEX "resources_history_rid" ON "resources_history" ("rid");
CREATE INDEX "resources_history_until" ON "resources_history" ("until");

CREATE TABLE "classResources" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "class" INTEGER, "resource" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "classResources_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "class" INTEGER, "resource" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "classResources_sourcedId" ON "classResources" ("sourcedId");
CREATE INDEX "classResources_published" ON "classResources" ("published", "rid", "status");
CREATE INDEX "classResources_class" ON "classResources" ("class");
CREATE INDEX "classResources_history_rid" ON "classResources_history" ("rid");
CREATE INDEX "classResources_history_until" ON "classResources_history" ("until");

CREATE TABLE "courseResources" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "course" INTEGER, "resource" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "courseResources_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "course" INTEGER, "resource" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "courseResources_sourcedId" ON "courseResources" ("sourcedId");
CREATE INDEX "courseResources_published" ON "courseResources" ("published", "rid", "status");
CREATE INDEX "courseResources_course" ON "courseResources" ("course");
CREATE INDEX "courseResources_history_rid" ON "courseResources_history" ("rid");
CREATE INDEX "courseResources_history_until" ON "courseResources_history" ("until");

CREATE TABLE "userResources" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "user" INTEGER, "org" INTEGER, "class" INTEGER, "resource" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "userResources_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "user" INTEGER, "org" INTEGER, "class" INTEGER, "resource" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "userResources_sourcedId" ON "userResources" ("sourcedId");
CREATE INDEX "userResources_published" ON "userResources" ("published", "rid", "status");
CREATE INDEX "userResources_user" ON "userResources" ("user");
CREATE INDEX "userResources_history_rid" ON "userResources_history" ("rid");
CREATE INDEX "userResources_history_until" ON "userResources_history" ("until");

CREATE TABLE "categories" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "weight" REAL, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "categories_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "weight" REAL, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "categories_sourcedId" ON "categories" ("sourcedId");
CREATE INDEX "categories_published" ON "categories" ("published", "rid", "status");
CREATE INDEX "categories_history_rid" ON "categories_history" ("rid");
CREATE INDEX "categories_history_until" ON "categories_history" ("until");

CREATE TABLE "scoreScales" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "type" TEXT, "org" INTEGER, "course" INTEGER, "class" INTEGER, "scoreScaleValue.itemValueLHS" TEXT, "scoreScaleValue.itemValueRHS" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "scoreScales_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "type" TEXT, "org" INTEGER, "course" INTEGER, "class" INTEGER, "scoreScaleValue.itemValueLHS" TEXT, "scoreScaleValue.itemValueRHS" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "scoreScales_sourcedId" ON "scoreScales" ("sourcedId");
CREATE INDEX "scoreScales_published" ON "scoreScales" ("published", "rid", "status");
CREATE INDEX "scoreScales_class" ON "scoreScales" ("class");
CREATE INDEX "scoreScales_history_rid" ON "scoreScales_history" ("rid");
CREATE INDEX "scoreScales_history_until" ON "scoreScales_history" ("until");

CREATE TABLE "lineItems" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "description" TEXT, "assignDate" INTEGER, "dueDate" INTEGER, "class" INTEGER, "category" INTEGER, "gradingPeriod" INTEGER, "academicSession" INTEGER, "resultValueMin" REAL, "resultValueMax" REAL, "school" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "lineItems_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "description" TEXT, "assignDate" INTEGER, "dueDate" INTEGER, "class" INTEGER, "category" INTEGER, "gradingPeriod" INTEGER, "academicSession" INTEGER, "resultValueMin" REAL, "resultValueMax" REAL, "school" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "lineItems_sourcedId" ON "lineItems" ("sourcedId");
CREATE INDEX "lineItems_published" ON "lineItems" ("published", "rid", "status");
CREATE INDEX "lineItems_class" ON "lineItems" ("class");
CREATE INDEX "lineItems_school" ON "lineItems" ("school");
CREATE INDEX "lineItems_history_rid" ON "lineItems_history" ("rid");
CREATE INDEX "lineItems_history_until" ON "lineItems_history" ("until");

CREATE TABLE "results" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "lineItem" INTEGER, "student" INTEGER, "scoreStatus" TEXT, "score" REAL, "scoreDate" INTEGER, "comment" TEXT, "textScore" TEXT, "class" INTEGER, "inProgress" TEXT, "incomplete" TEXT, "late" TEXT, "missing" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "results_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "lineItem" INTEGER, "student" INTEGER, "scoreStatus" TEXT, "score" REAL, "scoreDate" INTEGER, "comment" TEXT, "textScore" TEXT, "class" INTEGER, "inProgress" TEXT, "incomplete" TEXT, "late" TEXT, "missing" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "results_sourcedId" ON "results" ("sourcedId");
CREATE INDEX "results_published" ON "results" ("published", "rid", "status");
CREATE INDEX "results_lineItem" ON "results" ("lineItem");
CREATE INDEX "results_student" ON "results" ("student");
CREATE INDEX "results_history_rid" ON "results_history" ("rid");
CREATE INDEX "results_history_until" ON "results_history" ("until");

CREATE TABLE "lineItemScoreScales" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "lineItem" INTEGER, "scoreScale" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "lineItemScoreScales_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "lineItem" INTEGER, "scoreScale" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "lineItemScoreScales_sourcedId" ON "lineItemScoreScales" ("sourcedId");
CREATE INDEX "lineItemScoreScales_published" ON "lineItemScoreScales" ("published", "rid", "status");
CREATE INDEX "lineItemScoreScales_lineItem" ON "lineItemScoreScales" ("lineItem");
CREATE INDEX "lineItemScoreScales_history_rid" ON "lineItemScoreScales_history" ("rid");
CREATE INDEX "lineItemScoreScales_history_until" ON "lineItemScoreScales_history" ("until");

CREATE TABLE "resultScoreScales" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "result" INTEGER, "scoreScale" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "resultScoreScales_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "result" INTEGER, "scoreScale" INTEGER, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "resultScoreScales_sourcedId" ON "resultScoreScales" ("sourcedId");
CREATE INDEX "resultScoreScales_published" ON "resultScoreScales" ("published", "rid", "status");
CREATE INDEX "resultScoreScales_result" ON "resultScoreScales" ("result");
CREATE INDEX "resultScoreScales_history_rid" ON "resultScoreScales_history" ("rid");
CREATE INDEX "resultScoreScales_history_until" ON "resultScoreScales_history" ("until");

CREATE TABLE "lineItemLearningObjectiveIds" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "lineItem" INTEGER, "source" TEXT, "learningObjectiveId" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "lineItemLearningObjectiveIds_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "lineItem" INTEGER, "source" TEXT, "learningObjectiveId" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "lineItemLearningObjectiveIds_sourcedId" ON "lineItemLearningObjectiveIds" ("sourcedId");
CREATE INDEX "lineItemLearningObjectiveIds_published" ON "lineItemLearningObjectiveIds" ("published", "rid", "status");
CREATE INDEX "lineItemLearningObjectiveIds_lineItem" ON "lineItemLearningObjectiveIds" ("lineItem");
CREATE INDEX "lineItemLearningObjectiveIds_history_rid" ON "lineItemLearningObjectiveIds_history" ("rid");
CREATE INDEX "lineItemLearningObjectiveIds_history_until" ON "lineItemLearningObjectiveIds_history" ("until");

CREATE TABLE "resultLearningObjectiveIds" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "result" INTEGER, "source" TEXT, "learningObjectiveId" TEXT, "score" REAL, "textScore" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "resultLearningObjectiveIds_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "result" INTEGER, "source" TEXT, "learningObjectiveId" TEXT, "score" REAL, "textScore" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "resultLearningObjectiveIds_sourcedId" ON "resultLearningObjectiveIds" ("sourcedId");
CREATE INDEX "resultLearningObjectiveIds_published" ON "resultLearningObjectiveIds" ("published", "rid", "status");
CREATE INDEX "resultLearningObjectiveIds_result" ON "resultLearningObjectiveIds" ("result");
CREATE INDEX "resultLearningObjectiveIds_history_rid" ON "resultLearningObjectiveIds_history" ("rid");
CREATE INDEX "resultLearningObjectiveIds_history_until" ON "resultLearningObjectiveIds_history" ("until");

CREATE TABLE "assessmentLineItems" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "description" TEXT, "class" INTEGER, "parentAssessmentLineItem" INTEGER, "scoreScale" INTEGER, "resultValueMin" REAL, "resultValueMax" REAL, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "assessmentLineItems_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "title" TEXT, "description" TEXT, "class" INTEGER, "parentAssessmentLineItem" INTEGER, "scoreScale" INTEGER, "resultValueMin" REAL, "resultValueMax" REAL, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "assessmentLineItems_sourcedId" ON "assessmentLineItems" ("sourcedId");
CREATE INDEX "assessmentLineItems_published" ON "assessmentLineItems" ("published", "rid", "status");
CREATE INDEX "assessmentLineItems_history_rid" ON "assessmentLineItems_history" ("rid");
CREATE INDEX "assessmentLineItems_history_until" ON "assessmentLineItems_history" ("until");

CREATE TABLE "assessmentResults" ( "rid" INTEGER NOT NULL PRIMARY KEY, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "assessmentLineItem" INTEGER, "student" INTEGER, "score" REAL, "textScore" TEXT, "scoreDate" INTEGER, "scoreScale" INTEGER, "scorePercentile" REAL, "scoreStatus" TEXT, "comment" TEXT, "inProgress" TEXT, "incomplete" TEXT, "late" TEXT, "missing" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER );
CREATE TABLE "assessmentResults_history" ( "rid" INTEGER NOT NULL, "sourcedId" TEXT NOT NULL, "owner" INTEGER NOT NULL, "status" INTEGER NOT NULL, "published" INTEGER NOT NULL, "sourceModified" INTEGER, "digest" INTEGER NOT NULL, "packed" BLOB NOT NULL, "assessmentLineItem" INTEGER, "student" INTEGER, "score" REAL, "textScore" TEXT, "scoreDate" INTEGER, "scoreScale" INTEGER, "scorePercentile" REAL, "scoreStatus" TEXT, "comment" TEXT, "inProgress" TEXT, "incomplete" TEXT, "late" TEXT, "missing" TEXT, "metadata" TEXT, "folded" TEXT, "only1p2" INTEGER, "until" INTEGER NOT NULL );
CREATE UNIQUE INDEX "assessmentResults_sourcedId" ON "assessmentResults" ("sourcedId");
CREATE INDEX "assessmentResults_published" ON "assessmentResults" ("published", "rid", "status");
CREATE INDEX "assessmentResults_assessmentLineItem" ON "assessmentResults" ("assessmentLineItem");
CREATE INDEX "assessmentResults_student" ON "assessmentResults" ("student");
CREATE INDEX "assessmentResults_history_rid" ON "assessmentResults_history" ("rid");
CREATE INDEX "assessmentResults_history_until" ON "assessmentResults_history" ("until");

