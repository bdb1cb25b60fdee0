-- Rows that stand in a record only, because no file lists them: what filters
-- look into. It is made of the packed record; of records from before this
-- column, when the roster is opened next.
ALTER TABLE "assessmentLineItems" ADD COLUMN "carried" TEXT;
ALTER TABLE "assessmentLineItems_history" ADD COLUMN "carried" TEXT;
ALTER TABLE "assessmentResults" ADD COLUMN "carried" TEXT;
ALTER TABLE "assessmentResults_history" ADD COLUMN "carried" TEXT;
CREATE INDEX "assessmentLineItems_uncarried" ON "assessmentLineItems" ("rid") WHERE "carried" IS NULL;
CREATE INDEX "assessmentLineItems_history_uncarried" ON "assessmentLineItems_history" ("rid") WHERE "carried" IS NULL;
CREATE INDEX "assessmentResults_uncarried" ON "assessmentResults" ("rid") WHERE "carried" IS NULL;
CREATE INDEX "assessmentResults_history_uncarried" ON "assessmentResults_history" ("rid") WHERE "carried" IS NULL;
