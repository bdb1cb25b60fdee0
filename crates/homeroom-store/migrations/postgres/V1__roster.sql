CREATE TABLE "orgs" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "name" text COLLATE "C", "type" text COLLATE "C", "identifier" text COLLATE "C", "parent" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "orgs_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "name" text COLLATE "C", "type" text COLLATE "C", "identifier" text COLLATE "C", "parent" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "orgs_sourcedId" ON "orgs" ("tenant", "sourcedId");
CREATE INDEX "orgs_published" ON "orgs" ("tenant", "published", "rid", "status");
CREATE INDEX "orgs_type" ON "orgs" ("tenant", "type");
CREATE INDEX "orgs_parent" ON "orgs" ("tenant", "parent");
CREATE INDEX "orgs_history_rid" ON "orgs_history" ("tenant", "rid");
CREATE INDEX "orgs_history_until" ON "orgs_history" ("tenant", "until");

CREATE TABLE "academicSessions" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "startDate" bigint, "endDate" bigint, "parent" bigint, "schoolYear" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "academicSessions_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "startDate" bigint, "endDate" bigint, "parent" bigint, "schoolYear" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "academicSessions_sourcedId" ON "academicSessions" ("tenant", "sourcedId");
CREATE INDEX "academicSessions_published" ON "academicSessions" ("tenant", "published", "rid", "status");
CREATE INDEX "academicSessions_type" ON "academicSessions" ("tenant", "type");
CREATE INDEX "academicSessions_parent" ON "academicSessions" ("tenant", "parent");
CREATE INDEX "academicSessions_history_rid" ON "academicSessions_history" ("tenant", "rid");
CREATE INDEX "academicSessions_history_until" ON "academicSessions_history" ("tenant", "until");

CREATE TABLE "courses" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "schoolYear" bigint, "title" text COLLATE "C", "courseCode" text COLLATE "C", "grades" text COLLATE "C", "org" bigint, "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "courses_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "schoolYear" bigint, "title" text COLLATE "C", "courseCode" text COLLATE "C", "grades" text COLLATE "C", "org" bigint, "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "courses_sourcedId" ON "courses" ("tenant", "sourcedId");
CREATE INDEX "courses_published" ON "courses" ("tenant", "published", "rid", "status");
CREATE INDEX "courses_org" ON "courses" ("tenant", "org");
CREATE INDEX "courses_history_rid" ON "courses_history" ("tenant", "rid");
CREATE INDEX "courses_history_until" ON "courses_history" ("tenant", "until");

CREATE TABLE "classes" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "grades" text COLLATE "C", "course" bigint, "classCode" text COLLATE "C", "classType" text COLLATE "C", "location" text COLLATE "C", "school" bigint, "terms" text COLLATE "C", "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "periods" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "classes_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "grades" text COLLATE "C", "course" bigint, "classCode" text COLLATE "C", "classType" text COLLATE "C", "location" text COLLATE "C", "school" bigint, "terms" text COLLATE "C", "subjects" text COLLATE "C", "subjectCodes" text COLLATE "C", "periods" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "classes_sourcedId" ON "classes" ("tenant", "sourcedId");
CREATE INDEX "classes_published" ON "classes" ("tenant", "published", "rid", "status");
CREATE INDEX "classes_course" ON "classes" ("tenant", "course");
CREATE INDEX "classes_school" ON "classes" ("tenant", "school");
CREATE INDEX "classes_history_rid" ON "classes_history" ("tenant", "rid");
CREATE INDEX "classes_history_until" ON "classes_history" ("tenant", "until");

CREATE TABLE "users" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "enabledUser" text COLLATE "C", "orgs" text COLLATE "C", "role" text COLLATE "C", "username" text COLLATE "C", "userIds.type" text COLLATE "C", "userIds.identifier" text COLLATE "C", "givenName" text COLLATE "C", "familyName" text COLLATE "C", "middleName" text COLLATE "C", "identifier" text COLLATE "C", "email" text COLLATE "C", "sms" text COLLATE "C", "phone" text COLLATE "C", "agents" text COLLATE "C", "grades" text COLLATE "C", "userMasterIdentifier" text COLLATE "C", "preferredFirstName" text COLLATE "C", "preferredMiddleName" text COLLATE "C", "preferredLastName" text COLLATE "C", "primaryOrg" bigint, "pronouns" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "heldRoles" text COLLATE "C", PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "users_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "enabledUser" text COLLATE "C", "orgs" text COLLATE "C", "role" text COLLATE "C", "username" text COLLATE "C", "userIds.type" text COLLATE "C", "userIds.identifier" text COLLATE "C", "givenName" text COLLATE "C", "familyName" text COLLATE "C", "middleName" text COLLATE "C", "identifier" text COLLATE "C", "email" text COLLATE "C", "sms" text COLLATE "C", "phone" text COLLATE "C", "agents" text COLLATE "C", "grades" text COLLATE "C", "userMasterIdentifier" text COLLATE "C", "preferredFirstName" text COLLATE "C", "preferredMiddleName" text COLLATE "C", "preferredLastName" text COLLATE "C", "primaryOrg" bigint, "pronouns" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "heldRoles" text COLLATE "C", "until" bigint NOT NULL );
CREATE UNIQUE INDEX "users_sourcedId" ON "users" ("tenant", "sourcedId");
CREATE INDEX "users_published" ON "users" ("tenant", "published", "rid", "status");
CREATE INDEX "users_role" ON "users" ("tenant", "role");
CREATE INDEX "users_username" ON "users" ("tenant", "username", "sourcedId");
CREATE INDEX "users_familyName" ON "users" ("tenant", "familyName", "sourcedId");
CREATE INDEX "users_identifier" ON "users" ("tenant", "identifier", "sourcedId");
CREATE INDEX "users_email" ON "users" ("tenant", "email", "sourcedId");
CREATE INDEX "users_history_rid" ON "users_history" ("tenant", "rid");
CREATE INDEX "users_history_until" ON "users_history" ("tenant", "until");

CREATE TABLE "userProfiles" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "profileType" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "description" text COLLATE "C", "type" text COLLATE "C", "username" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "userProfiles_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "profileType" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "description" text COLLATE "C", "type" text COLLATE "C", "username" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "userProfiles_sourcedId" ON "userProfiles" ("tenant", "sourcedId");
CREATE INDEX "userProfiles_published" ON "userProfiles" ("tenant", "published", "rid", "status");
CREATE INDEX "userProfiles_user" ON "userProfiles" ("tenant", "user");
CREATE INDEX "userProfiles_history_rid" ON "userProfiles_history" ("tenant", "rid");
CREATE INDEX "userProfiles_history_until" ON "userProfiles_history" ("tenant", "until");

CREATE TABLE "roles" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "roleType" text COLLATE "C", "role" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "org" bigint, "userProfile" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "roles_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "roleType" text COLLATE "C", "role" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "org" bigint, "userProfile" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "roles_sourcedId" ON "roles" ("tenant", "sourcedId");
CREATE INDEX "roles_published" ON "roles" ("tenant", "published", "rid", "status");
CREATE INDEX "roles_user" ON "roles" ("tenant", "user");
CREATE INDEX "roles_org" ON "roles" ("tenant", "org");
CREATE INDEX "roles_history_rid" ON "roles_history" ("tenant", "rid");
CREATE INDEX "roles_history_until" ON "roles_history" ("tenant", "until");

CREATE TABLE "demographics" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "birthDate" bigint, "sex" text COLLATE "C", "americanIndianOrAlaskaNative" text COLLATE "C", "asian" text COLLATE "C", "blackOrAfricanAmerican" text COLLATE "C", "nativeHawaiianOrOtherPacificIslander" text COLLATE "C", "white" text COLLATE "C", "demographicRaceTwoOrMoreRaces" text COLLATE "C", "hispanicOrLatinoEthnicity" text COLLATE "C", "countryOfBirthCode" text COLLATE "C", "stateOfBirthAbbreviation" text COLLATE "C", "cityOfBirth" text COLLATE "C", "publicSchoolResidenceStatus" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "demographics_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "birthDate" bigint, "sex" text COLLATE "C", "americanIndianOrAlaskaNative" text COLLATE "C", "asian" text COLLATE "C", "blackOrAfricanAmerican" text COLLATE "C", "nativeHawaiianOrOtherPacificIslander" text COLLATE "C", "white" text COLLATE "C", "demographicRaceTwoOrMoreRaces" text COLLATE "C", "hispanicOrLatinoEthnicity" text COLLATE "C", "countryOfBirthCode" text COLLATE "C", "stateOfBirthAbbreviation" text COLLATE "C", "cityOfBirth" text COLLATE "C", "publicSchoolResidenceStatus" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "demographics_sourcedId" ON "demographics" ("tenant", "sourcedId");
CREATE INDEX "demographics_published" ON "demographics" ("tenant", "published", "rid", "status");
CREATE INDEX "demographics_history_rid" ON "demographics_history" ("tenant", "rid");
CREATE INDEX "demographics_history_until" ON "demographics_history" ("tenant", "until");

CREATE TABLE "enrollments" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "class" bigint, "school" bigint, "user" bigint, "role" text COLLATE "C", "primary" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "enrollments_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "class" bigint, "school" bigint, "user" bigint, "role" text COLLATE "C", "primary" text COLLATE "C", "beginDate" bigint, "endDate" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "enrollments_sourcedId" ON "enrollments" ("tenant", "sourcedId");
CREATE INDEX "enrollments_published" ON "enrollments" ("tenant", "published", "rid", "status");
CREATE INDEX "enrollments_class" ON "enrollments" ("tenant", "class");
CREATE INDEX "enrollments_school" ON "enrollments" ("tenant", "school");
CREATE INDEX "enrollments_user" ON "enrollments" ("tenant", "user");
CREATE INDEX "enrollments_role" ON "enrollments" ("tenant", "role");
CREATE INDEX "enrollments_history_rid" ON "enrollments_history" ("tenant", "rid");
CREATE INDEX "enrollments_history_until" ON "enrollments_history" ("tenant", "until");

CREATE TABLE "resources" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "vendorResourceId" text COLLATE "C", "title" text COLLATE "C", "roles" text COLLATE "C", "importance" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "resources_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "vendorResourceId" text COLLATE "C", "title" text COLLATE "C", "roles" text COLLATE "C", "importance" text COLLATE "C", "vendorId" text COLLATE "C", "applicationId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "resources_sourcedId" ON "resources" ("tenant", "sourcedId");
CREATE INDEX "resources_published" ON "resources" ("tenant", "published", "rid", "status");
CREATE INDEX "resources_history_rid" ON "resources_history" ("tenant", "rid");
CREATE INDEX "resources_history_until" ON "resources_history" ("tenant", "until");

CREATE TABLE "classResources" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "classResources_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "classResources_sourcedId" ON "classResources" ("tenant", "sourcedId");
CREATE INDEX "classResources_published" ON "classResources" ("tenant", "published", "rid", "status");
CREATE INDEX "classResources_class" ON "classResources" ("tenant", "class");
CREATE INDEX "classResources_history_rid" ON "classResources_history" ("tenant", "rid");
CREATE INDEX "classResources_history_until" ON "classResources_history" ("tenant", "until");

CREATE TABLE "courseResources" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "course" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "courseResources_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "course" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "courseResources_sourcedId" ON "courseResources" ("tenant", "sourcedId");
CREATE INDEX "courseResources_published" ON "courseResources" ("tenant", "published", "rid", "status");
CREATE INDEX "courseResources_course" ON "courseResources" ("tenant", "course");
CREATE INDEX "courseResources_history_rid" ON "courseResources_history" ("tenant", "rid");
CREATE INDEX "courseResources_history_until" ON "courseResources_history" ("tenant", "until");

CREATE TABLE "userResources" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "org" bigint, "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "userResources_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "user" bigint, "org" bigint, "class" bigint, "resource" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "userResources_sourcedId" ON "userResources" ("tenant", "sourcedId");
CREATE INDEX "userResources_published" ON "userResources" ("tenant", "published", "rid", "status");
CREATE INDEX "userResources_user" ON "userResources" ("tenant", "user");
CREATE INDEX "userResources_history_rid" ON "userResources_history" ("tenant", "rid");
CREATE INDEX "userResources_history_until" ON "userResources_history" ("tenant", "until");

CREATE TABLE "categories" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "weight" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "categories_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "weight" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "categories_sourcedId" ON "categories" ("tenant", "sourcedId");
CREATE INDEX "categories_published" ON "categories" ("tenant", "published", "rid", "status");
CREATE INDEX "categories_history_rid" ON "categories_history" ("tenant", "rid");
CREATE INDEX "categories_history_until" ON "categories_history" ("tenant", "until");

CREATE TABLE "scoreScales" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "org" bigint, "course" bigint, "class" bigint, "scoreScaleValue.itemValueLHS" text COLLATE "C", "scoreScaleValue.itemValueRHS" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "scoreScales_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "type" text COLLATE "C", "org" bigint, "course" bigint, "class" bigint, "scoreScaleValue.itemValueLHS" text COLLATE "C", "scoreScaleValue.itemValueRHS" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "scoreScales_sourcedId" ON "scoreScales" ("tenant", "sourcedId");
CREATE INDEX "scoreScales_published" ON "scoreScales" ("tenant", "published", "rid", "status");
CREATE INDEX "scoreScales_class" ON "scoreScales" ("tenant", "class");
CREATE INDEX "scoreScales_history_rid" ON "scoreScales_history" ("tenant", "rid");
CREATE INDEX "scoreScales_history_until" ON "scoreScales_history" ("tenant", "until");

CREATE TABLE "lineItems" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "assignDate" bigint, "dueDate" bigint, "class" bigint, "category" bigint, "gradingPeriod" bigint, "academicSession" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "school" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "lineItems_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "assignDate" bigint, "dueDate" bigint, "class" bigint, "category" bigint, "gradingPeriod" bigint, "academicSession" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "school" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "lineItems_sourcedId" ON "lineItems" ("tenant", "sourcedId");
CREATE INDEX "lineItems_published" ON "lineItems" ("tenant", "published", "rid", "status");
CREATE INDEX "lineItems_class" ON "lineItems" ("tenant", "class");
CREATE INDEX "lineItems_school" ON "lineItems" ("tenant", "school");
CREATE INDEX "lineItems_history_rid" ON "lineItems_history" ("tenant", "rid");
CREATE INDEX "lineItems_history_until" ON "lineItems_history" ("tenant", "until");

CREATE TABLE "results" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "student" bigint, "scoreStatus" text COLLATE "C", "score" double precision, "scoreDate" bigint, "comment" text COLLATE "C", "textScore" text COLLATE "C", "class" bigint, "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "results_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "student" bigint, "scoreStatus" text COLLATE "C", "score" double precision, "scoreDate" bigint, "comment" text COLLATE "C", "textScore" text COLLATE "C", "class" bigint, "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "results_sourcedId" ON "results" ("tenant", "sourcedId");
CREATE INDEX "results_published" ON "results" ("tenant", "published", "rid", "status");
CREATE INDEX "results_lineItem" ON "results" ("tenant", "lineItem");
CREATE INDEX "results_student" ON "results" ("tenant", "student");
CREATE INDEX "results_history_rid" ON "results_history" ("tenant", "rid");
CREATE INDEX "results_history_until" ON "results_history" ("tenant", "until");

CREATE TABLE "lineItemScoreScales" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "lineItem" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "lineItemScoreScales_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "lineItem" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "lineItemScoreScales_sourcedId" ON "lineItemScoreScales" ("tenant", "sourcedId");
CREATE INDEX "lineItemScoreScales_published" ON "lineItemScoreScales" ("tenant", "published", "rid", "status");
CREATE INDEX "lineItemScoreScales_lineItem" ON "lineItemScoreScales" ("tenant", "lineItem");
CREATE INDEX "lineItemScoreScales_history_rid" ON "lineItemScoreScales_history" ("tenant", "rid");
CREATE INDEX "lineItemScoreScales_history_until" ON "lineItemScoreScales_history" ("tenant", "until");

CREATE TABLE "resultScoreScales" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "result" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "resultScoreScales_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "result" bigint, "scoreScale" bigint, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "resultScoreScales_sourcedId" ON "resultScoreScales" ("tenant", "sourcedId");
CREATE INDEX "resultScoreScales_published" ON "resultScoreScales" ("tenant", "published", "rid", "status");
CREATE INDEX "resultScoreScales_result" ON "resultScoreScales" ("tenant", "result");
CREATE INDEX "resultScoreScales_history_rid" ON "resultScoreScales_history" ("tenant", "rid");
CREATE INDEX "resultScoreScales_history_until" ON "resultScoreScales_history" ("tenant", "until");

CREATE TABLE "lineItemLearningObjectiveIds" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "lineItemLearningObjectiveIds_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "lineItem" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "lineItemLearningObjectiveIds_sourcedId" ON "lineItemLearningObjectiveIds" ("tenant", "sourcedId");
CREATE INDEX "lineItemLearningObjectiveIds_published" ON "lineItemLearningObjectiveIds" ("tenant", "published", "rid", "status");
CREATE INDEX "lineItemLearningObjectiveIds_lineItem" ON "lineItemLearningObjectiveIds" ("tenant", "lineItem");
CREATE INDEX "lineItemLearningObjectiveIds_history_rid" ON "lineItemLearningObjectiveIds_history" ("tenant", "rid");
CREATE INDEX "lineItemLearningObjectiveIds_history_until" ON "lineItemLearningObjectiveIds_history" ("tenant", "until");

CREATE TABLE "resultLearningObjectiveIds" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "result" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "score" double precision, "textScore" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "resultLearningObjectiveIds_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "result" bigint, "source" text COLLATE "C", "learningObjectiveId" text COLLATE "C", "score" double precision, "textScore" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "resultLearningObjectiveIds_sourcedId" ON "resultLearningObjectiveIds" ("tenant", "sourcedId");
CREATE INDEX "resultLearningObjectiveIds_published" ON "resultLearningObjectiveIds" ("tenant", "published", "rid", "status");
CREATE INDEX "resultLearningObjectiveIds_result" ON "resultLearningObjectiveIds" ("tenant", "result");
CREATE INDEX "resultLearningObjectiveIds_history_rid" ON "resultLearningObjectiveIds_history" ("tenant", "rid");
CREATE INDEX "resultLearningObjectiveIds_history_until" ON "resultLearningObjectiveIds_history" ("tenant", "until");

CREATE TABLE "assessmentLineItems" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "class" bigint, "parentAssessmentLineItem" bigint, "scoreScale" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "assessmentLineItems_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "title" text COLLATE "C", "description" text COLLATE "C", "class" bigint, "parentAssessmentLineItem" bigint, "scoreScale" bigint, "resultValueMin" double precision, "resultValueMax" double precision, "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "assessmentLineItems_sourcedId" ON "assessmentLineItems" ("tenant", "sourcedId");
CREATE INDEX "assessmentLineItems_published" ON "assessmentLineItems" ("tenant", "published", "rid", "status");
CREATE INDEX "assessmentLineItems_history_rid" ON "assessmentLineItems_history" ("tenant", "rid");
CREATE INDEX "assessmentLineItems_history_until" ON "assessmentLineItems_history" ("tenant", "until");

CREATE TABLE "assessmentResults" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "assessmentLineItem" bigint, "student" bigint, "score" double precision, "textScore" text COLLATE "C", "scoreDate" bigint, "scoreScale" bigint, "scorePercentile" double precision, "scoreStatus" text COLLATE "C", "comment" text COLLATE "C", "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, PRIMARY KEY ("tenant", "rid") );
CREATE TABLE "assessmentResults_history" ( "tenant" bigint NOT NULL, "rid" bigint NOT NULL, "sourcedId" text COLLATE "C" NOT NULL, "owner" bigint NOT NULL, "status" bigint NOT NULL, "published" bigint NOT NULL, "sourceModified" bigint, "digest" bigint NOT NULL, "packed" bytea NOT NULL, "assessmentLineItem" bigint, "student" bigint, "score" double precision, "textScore" text COLLATE "C", "scoreDate" bigint, "scoreScale" bigint, "scorePercentile" double precision, "scoreStatus" text COLLATE "C", "comment" text COLLATE "C", "inProgress" text COLLATE "C", "incomplete" text COLLATE "C", "late" text COLLATE "C", "missing" text COLLATE "C", "metadata" text COLLATE "C", "folded" text COLLATE "C", "only1p2" bigint, "until" bigint NOT NULL );
CREATE UNIQUE INDEX "assessmentResults_sourcedId" ON "assessmentResults" ("tenant", "sourcedId");
CREATE INDEX "assessmentResults_published" ON "assessmentResults" ("tenant", "published", "rid", "status");
CREATE INDEX "assessmentResults_assessmentLineItem" ON "assessmentResults" ("tenant", "assessmentLineItem");
CREATE INDEX "assessmentResults_student" ON "assessmentResults" ("tenant", "student");
CREATE INDEX "assessmentResults_history_rid" ON "assessmentResults_history" ("tenant", "rid");
CREATE INDEX "assessmentResults_history_until" ON "assessmentResults_history" ("tenant", "until");

