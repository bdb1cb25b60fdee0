-- Rows that stand in a record only, because no file lists them: what filters
-- look into. It is made of the packed record; of records from before this
-- column, when the roster is opened next.
ALTER TABLE "assessmentLineItems" ADD COLUMN "carried" text COLLATE "C";
ALTER TABLE "assessmentLineItems_history" ADD COLUMN "carried" text COLLATE "C";
ALTER TABLE "assessmentResults" ADD COLUMN "carried" text COLLATE "C";
ALTER TABLE "assessmentResults_history" ADD COLUMN "carried" text COLLATE "C";
CREATE INDEX "assessmentLineItems_uncarried" ON "assessmentLineItems" ("tenant", "rid") WHERE "carried" IS NULL;
CREATE INDEX "assessmentLineItems_history_uncarried" ON "assessmentLineItems_history" ("tenant", "rid") WHERE "carried" IS NULL;
CREATE INDEX "assessmentResults_uncarried" ON "assessmentResults" ("tenant", "rid") WHERE "carried" IS NULL;
CREATE INDEX "assessmentResults_history_uncarried" ON "assessmentResults_history" ("tenant", "rid") WHERE "carried" IS NULL;
