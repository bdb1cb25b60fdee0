CREATE TABLE "orgs" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "name" text COLLATE "C", "type" text COLLATE "C", "identifier" text COLLATE "C", "parent" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "orgs_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "name" text COLLATE "C", "type" text COLLATE "C", "identifier" text COLLATE "C", "parent" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "orgs_sourcedId" ON "orgs" ("sourcedId");
CREATE INDEX "orgs_published" ON "orgs" ("published", "status");
CREATE INDEX "orgs_type" ON "orgs" ("type");
CREATE INDEX "orgs_parent" ON "orgs" ("parent");
CREATE INDEX "orgs_history_rid" ON "orgs_history" ("rid");
CREATE INDEX "orgs_history_until" ON "orgs_history" ("until");

CREATE TABLE "academicSessions" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "startDate" bigint, "endDate" bigint, "parent" bigint, "schoolYear" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "academicSessions_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "startDate" bigint, "endDate" bigint, "parent" bigint, "schoolYear" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "academicSessions_sourcedId" ON "academicSessions" ("sourcedId");
CREATE INDEX "academicSessions_published" ON "academicSessions" ("published", "status");
CREATE INDEX "academicSessions_type" ON "academicSessions" ("type");
CREATE INDEX "academicSessions_parent" ON "academicSessions" ("parent");
CREATE INDEX "academicSessions_history_rid" ON "academicSessions_history" ("rid");
CREATE INDEX "academicSessions_history_until" ON "academicSessions_history" ("until");

CREATE TABLE "courses" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "schoolYear" bigint, "title" text COLLATE "C", "courseCode" text COLLATE "C", "grades" text COLLATE "C", "org" bigint, "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "courses_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "schoolYear" bigint, "title" text COLLATE "C", "courseCode" text COLLATE "C", "grades" text COLLATE "C", "org" bigint, "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "courses_sourcedId" ON "courses" ("sourcedId");
CREATE INDEX "courses_published" ON "courses" ("published", "status");
CREATE INDEX "courses_org" ON "courses" ("org");
CREATE INDEX "courses_history_rid" ON "courses_history" ("rid");
CREATE INDEX "courses_history_until" ON "courses_history" ("until");

CREATE TABLE "classes" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "grades" text COLLATE "C", "course" bigint, "classCode" text COLLATE "C", "classType" text COLLATE "C", "location" text COLLATE "C", "school" bigint, "terms" text COLLATE "C", "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "periods" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "classes_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "grades" text COLLATE "C", "course" bigint, "classCode" text COLLATE "C", "classType" text COLLATE "C", "location" text COLLATE "C", "school" bigint, "terms" text COLLATE "C", "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "periods" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "classes_sourcedId" ON "classes" ("sourcedId");
CREATE INDEX "classes_published" ON "classes" ("published", "status");
CREATE INDEX "classes_course" ON "classes" ("course");
CREATE INDEX "classes_school" ON "classes" ("school");
CREATE INDEX "classes_history_rid" ON "classes_history" ("rid");
CREATE INDEX "classes_history_until" ON "classes_history" ("until");

CREATE TABLE "users" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "enabledUser" text COLLATE "C", "orgs" text COLLATE "C", "role" text COLLATE "C", "username" text COLLATE "C", "userIds.type" text COLLATE "C", "userIds.identifier" text COLLATE "C", "givenName" text COLLATE "C", "familyName" text COLLATE "C", "middleName" text COLLATE "C", "identifier" text COLLATE "C", "email" text COLLATE "C", "sms" text COLLATE "C", "phone" text COLLATE "C", "agents" text COLLATE "C", "grades" text COLLATE "C", "userMasterIdentifier" text COLLATE "C", "preferredFirstName" text COLLATE "C", "preferredMiddleName" text COLLATE "C", "preferredLastName" text COLLATE "C", "primaryOrg" bigint, "pronouns" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "heldRoles" text COLLATE "C" );
CREATE TABLE "users_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "enabledUser" text COLLATE "C", "orgs" text COLLATE "C", "role" text COLLATE "C", "username" text COLLATE "C", "userIds.type" text COLLATE "C", "userIds.identifier" text COLLATE "C", "givenName" text COLLATE "C", "familyName" text COLLATE "C", "middleName" text COLLATE "C", "identifier" text COLLATE "C", "email" text COLLATE "C", "sms" text COLLATE "C", "phone" text COLLATE "C", "agents" text COLLATE "C", "grades" text COLLATE "C", "userMasterIdentifier" text COLLATE "C", "preferredFirstName" text COLLATE "C", "preferredMiddleName" text COLLATE "C", "preferredLastName" text COLLATE "C", "primaryOrg" bigint, "pronouns" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "heldRoles" text COLLATE "C", "until" bigint NOT NULL );
CREATE UNIQUE INDEX "users_sourcedId" ON "users" ("sourcedId");
CREATE INDEX "users_published" ON "users" ("published", "status");
CREATE INDEX "users_role" ON "users" ("role");
CREATE INDEX "users_username" ON "users" ("username", "sourcedId");
CREATE INDEX "users_familyName" ON "users" ("familyName", "sourcedId");
CREATE INDEX "users_identifier" ON "users" ("identifier", "sourcedId");
CREATE INDEX "users_email" ON "users" ("email", "sourcedId");
CREATE INDEX "users_history_rid" ON "users_history" ("rid");
CREATE INDEX "users_history_until" ON "users_history" ("until");

CREATE TABLE "userProfiles" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "profileType" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "description" text COLLATE "C", "type" text COLLATE "C", "username" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "userProfiles_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "profileType" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "description" text COLLATE "C", "type" text COLLATE "C", "username" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "userProfiles_sourcedId" ON "userProfiles" ("sourcedId");
CREATE INDEX "userProfiles_published" ON "userProfiles" ("published", "status");
CREATE INDEX "userProfiles_user" ON "userProfiles" ("user");
CREATE INDEX "userProfiles_history_rid" ON "userProfiles_history" ("rid");
CREATE INDEX "userProfiles_history_until" ON "userProfiles_history" ("until");

CREATE TABLE "roles" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "roleType" text COLLATE "C", "role" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "org" bigint, "userProfile" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "roles_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "roleType" text COLLATE "C", "role" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "org" bigint, "userProfile" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "roles_sourcedId" ON "roles" ("sourcedId");
CREATE INDEX "roles_published" ON "roles" ("published", "status");
CREATE INDEX "roles_user" ON "roles" ("user");
CREATE INDEX "roles_org" ON "roles" ("org");
CREATE INDEX "roles_history_rid" ON "roles_history" ("rid");
CREATE INDEX "roles_history_until" ON "roles_history" ("until");

CREATE TABLE "demographics" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "birthDate" bigint, "sex" text COLLATE "C", "americanIndianOrAlaskaNative" text COLLATE "C", "asian" text COLLATE "C", "blackOrAfricanAmerican" text COLLATE "C", "nativeHawaiianOrOtherPacificIslander" text COLLATE "C", "white" text COLLATE "C", "demographicRaceTwoOrMoreRaces" text COLLATE "C", "hispanicOrLatinoEthnicity" text COLLATE "C", "countryOfBirthCode" text COLLATE "C", "stateOfBirthAbbreviation" text COLLATE "C", "cityOfBirth" text COLLATE "C", "publicSchoolResidenceStatus" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "demographics_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "birthDate" bigint, "sex" text COLLATE "C", "americanIndianOrAlaskaNative" text COLLATE "C", "asian" text COLLATE "C", "blackOrAfricanAmerican" text COLLATE "C", "nativeHawaiianOrOtherPacificIslander" text COLLATE "C", "white" text COLLATE "C", "demographicRaceTwoOrMoreRaces" text COLLATE "C", "hispanicOrLatinoEthnicity" text COLLATE "C", "countryOfBirthCode" text COLLATE "C", "stateOfBirthAbbreviation" text COLLATE "C", "cityOfBirth" text COLLATE "C", "publicSchoolResidenceStatus" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "demographics_sourcedId" ON "demographics" ("sourcedId");
CREATE INDEX "demographics_published" ON "demographics" ("published", "status");
CREATE INDEX "demographics_history_rid" ON "demographics_history" ("rid");
CREATE INDEX "demographics_history_until" ON "demographics_history" ("until");

CREATE TABLE "enrollments" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "class" bigint, "school" bigint, "user" bigint, "role" text COLLATE "C", "primary" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "enrollments_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "class" bigint, "school" bigint, "user" bigint, "role" text COLLATE "C", "primary" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "enrollments_sourcedId" ON "enrollments" ("sourcedId");
CREATE INDEX "enrollments_published" ON "enrollments" ("published", "status");
CREATE INDEX "enrollments_class" ON "enrollments" ("class");
CREATE INDEX "enrollments_school" ON "enrollments" ("school");
CREATE INDEX "enrollments_user" ON "enrollments" ("user");
CREATE INDEX "enrollments_role" ON "enrollments" ("role");
CREATE INDEX "enrollments_history_rid" ON "enrollments_history" ("rid");
CREATE INDEX "enrollments_history_until" ON "enrollments_history" ("until");

CREATE TABLE "resources" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "vendorResourceId" text COLLATE "C", "title" text COLLATE "C", "roles" text COLLATE "C", "importance" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "resources_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "vendorResourceId" text COLLATE "C", "title" text COLLATE "C", "roles" text COLLATE "C", "importance" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "resources_sourcedId" ON "resources" ("sourcedId");
CREATE INDEX "resources_published" ON "resources" ("published", "status");
CREATE INDEX "resources_history_rid" ON "resources_history" ("rid");
CREATE INDEX "resources_history_until" ON "resources_history" ("until");

CREATE TABLE "classResources" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "classResources_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "classResources_sourcedId" ON "classResources" ("sourcedId");
CREATE INDEX "classResources_published" ON "classResources" ("published", "status");
CREATE INDEX "classResources_class" ON "classResources" ("class");
CREATE INDEX "classResources_history_rid" ON "classResources_history" ("rid");
CREATE INDEX "classResources_history_until" ON "classResources_history" ("until");

CREATE TABLE "courseResources" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "course" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "courseResources_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "course" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "courseResources_sourcedId" ON "courseResources" ("sourcedId");
CREATE INDEX "courseResources_published" ON "courseResources" ("published", "status");
CREATE INDEX "courseResources_course" ON "courseResources" ("course");
CREATE INDEX "courseResources_history_rid" ON "courseResources_history" ("rid");
CREATE INDEX "courseResources_history_until" ON "courseResources_history" ("until");

CREATE TABLE "userResources" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "org" bigint, "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "userResources_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "org" bigint, "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "userResources_sourcedId" ON "userResources" ("sourcedId");
CREATE INDEX "userResources_published" ON "userResources" ("published", "status");
CREATE INDEX "userResources_user" ON "userResources" ("user");
CREATE INDEX "userResources_history_rid" ON "userResources_history" ("rid");
CREATE INDEX "userResources_history_until" ON "userResources_history" ("until");

CREATE TABLE "categories" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "weight" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "categories_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "weight" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "categories_sourcedId" ON "categories" ("sourcedId");
CREATE INDEX "categories_published" ON "categories" ("published", "status");
CREATE INDEX "categories_history_rid" ON "categories_history" ("rid");
CREATE INDEX "categories_history_until" ON "categories_history" ("until");

CREATE TABLE "scoreScales" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "org" bigint, "course" bigint, "class" bigint, "scoreScaleValue.itemValueLHS" text COLLATE "C", "scoreScaleValue.itemValueRHS" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "scoreScales_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "org" bigint, "course" bigint, "class" bigint, "scoreScaleValue.itemValueLHS" text COLLATE "C", "scoreScaleValue.itemValueRHS" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "scoreScales_sourcedId" ON "scoreScales" ("sourcedId");
CREATE INDEX "scoreScales_published" ON "scoreScales" ("published", "status");
CREATE INDEX "scoreScales_class" ON "scoreScales" ("class");
CREATE INDEX "scoreScales_history_rid" ON "scoreScales_history" ("rid");
CREATE INDEX "scoreScales_history_until" ON "scoreScales_history" ("until");

CREATE TABLE "lineItems" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "assignDate" bigint, "dueDate" bigint, "class" bigint, "category" bigint, "gradingPeriod" bigint, "academicSession" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "school" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "lineItems_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "assignDate" bigint, "dueDate" bigint, "class" bigint, "category" bigint, "gradingPeriod" bigint, "academicSession" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "school" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "lineItems_sourcedId" ON "lineItems" ("sourcedId");
CREATE INDEX "lineItems_published" ON "lineItems" ("published", "status");
CREATE INDEX "lineItems_class" ON "lineItems" ("class");
CREATE INDEX "lineItems_school" ON "lineItems" ("school");
CREATE INDEX "lineItems_history_rid" ON "lineItems_history" ("rid");
CREATE INDEX "lineItems_history_until" ON "lineItems_history" ("until");

CREATE TABLE "results" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "student" bigint, "scoreStatus" text COLLATE "C", "score" double precision, "scoreDate" bigint, "comment" text COLLATE "C", "textScore" text COLLATE "C", "class" bigint, "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "results_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "student" bigint, "scoreStatus" text COLLATE "C", "score" double precision, "scoreDate" bigint, "comment" text COLLATE "C", "textScore" text COLLATE "C", "class" bigint, "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "results_sourcedId" ON "results" ("sourcedId");
CREATE INDEX "results_published" ON "results" ("published", "status");
CREATE INDEX "results_lineItem" ON "results" ("lineItem");
CREATE INDEX "results_student" ON "results" ("student");
CREATE INDEX "results_history_rid" ON "results_history" ("rid");
CREATE INDEX "results_history_until" ON "results_history" ("until");

CREATE TABLE "lineItemScoreScales" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "lineItem" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "lineItemScoreScales_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "lineItem" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "lineItemScoreScales_sourcedId" ON "lineItemScoreScales" ("sourcedId");
CREATE INDEX "lineItemScoreScales_published" ON "lineItemScoreScales" ("published", "status");
CREATE INDEX "lineItemScoreScales_lineItem" ON "lineItemScoreScales" ("lineItem");
CREATE INDEX "lineItemScoreScales_history_rid" ON "lineItemScoreScales_history" ("rid");
CREATE INDEX "lineItemScoreScales_history_until" ON "lineItemScoreScales_history" ("until");

CREATE TABLE "resultScoreScales" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "result" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "resultScoreScales_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "result" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "resultScoreScales_sourcedId" ON "resultScoreScales" ("sourcedId");
CREATE INDEX "resultScoreScales_published" ON "resultScoreScales" ("published", "status");
CREATE INDEX "resultScoreScales_result" ON "resultScoreScales" ("result");
CREATE INDEX "resultScoreScales_history_rid" ON "resultScoreScales_history" ("rid");
CREATE INDEX "resultScoreScales_history_until" ON "resultScoreScales_history" ("until");

CREATE TABLE "lineItemLearningObjectiveIds" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "lineItemLearningObjectiveIds_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "lineItemLearningObjectiveIds_sourcedId" ON "lineItemLearningObjectiveIds" ("sourcedId");
CREATE INDEX "lineItemLearningObjectiveIds_published" ON "lineItemLearningObjectiveIds" ("published", "status");
CREATE INDEX "lineItemLearningObjectiveIds_lineItem" ON "lineItemLearningObjectiveIds" ("lineItem");
CREATE INDEX "lineItemLearningObjectiveIds_history_rid" ON "lineItemLearningObjectiveIds_history" ("rid");
CREATE INDEX "lineItemLearningObjectiveIds_history_until" ON "lineItemLearningObjectiveIds_history" ("until");

CREATE TABLE "resultLearningObjectiveIds" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "result" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "score" double precision, "textScore" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "resultLearningObjectiveIds_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "result" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "score" double precision, "textScore" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "resultLearningObjectiveIds_sourcedId" ON "resultLearningObjectiveIds" ("sourcedId");
CREATE INDEX "resultLearningObjectiveIds_published" ON "resultLearningObjectiveIds" ("published", "status");
CREATE INDEX "resultLearningObjectiveIds_result" ON "resultLearningObjectiveIds" ("result");
CREATE INDEX "resultLearningObjectiveIds_history_rid" ON "resultLearningObjectiveIds_history" ("rid");
CREATE INDEX "resultLearningObjectiveIds_history_until" ON "resultLearningObjectiveIds_history" ("until");

CREATE TABLE "assessmentLineItems" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "class" bigint, "parentAssessmentLineItem" bigint, "scoreScale" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "assessmentLineItems_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "class" bigint, "parentAssessmentLineItem" bigint, "scoreScale" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "assessmentLineItems_sourcedId" ON "assessmentLineItems" ("sourcedId");
CREATE INDEX "assessmentLineItems_published" ON "assessmentLineItems" ("published", "status");
CREATE INDEX "assessmentLineItems_history_rid" ON "assessmentLineItems_history" ("rid");
CREATE INDEX "assessmentLineItems_history_until" ON "assessmentLineItems_history" ("until");

CREATE TABLE "assessmentResults" ( "rid" bigint NOT NULL PRIMARY KEY, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "assessmentLineItem" bigint, "student" bigint, "score" double precision, "textScore" text COLLATE "C", "scoreDate" bigint, "scoreScale" bigint, "scorePercentile" double precision, "scoreStatus" text COLLATE "C", "comment" text COLLATE "C", "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint );
CREATE TABLE "assessmentResults_history" ( "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "assessmentLineItem" bigint, "student" bigint, "score" double precision, "textScore" text COLLATE "C", "scoreDate" bigint, "scoreScale" bigint, "scorePercentile" double precision, "scoreStatus" text COLLATE "C", "comment" text COLLATE "C", "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "assessmentResults_sourcedId" ON "assessmentResults" ("sourcedId");
CREATE INDEX "assessmentResults_published" ON "assessmentResults" ("published", "status");
CREATE INDEX "assessmentResults_assessmentLineItem" ON "assessmentResults" ("assessmentLineItem");
CREATE INDEX "assessmentResults_student" ON "assessmentResults" ("student");
CREATE INDEX "assessmentResults_history_rid" ON "assessmentResults_history" ("rid");
CREATE INDEX "assessmentResults_history_until" ON "assessmentResults_history" ("until");

