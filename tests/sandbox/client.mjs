// A client in another language, written by nobody here: @gitbeaker/rest plays a job and sees it done.
import assert from "node:assert/strict";
import { Gitlab } from "@gitbeaker/rest";

const [host, token] = process.argv.slice(2);
const api = new Gitlab({ host, token });
const project = "demo/data-provider";

assert.equal((await api.Users.showCurrentUser()).username, "chris");
assert.equal((await api.Projects.show(project)).id, 42);
assert.deepEqual((await api.Tags.all(project)).map((tag) => tag.name), ["v1.4.0", "v1.3.0", "v1.2.0"]);
assert.equal((await api.Branches.show(project, "main")).protected, true);
assert.equal((await api.ProjectMembers.all(project, { includeInherited: true })).length, 6);
assert.equal((await api.Commits.show(project, "v1.4.0")).last_pipeline.id, 1003);
assert.equal((await api.Deployments.all(project, { environment: "prod" })).length, 4);

const [pipeline] = await api.Pipelines.all(project, { ref: "v1.4.0" });
const waiting = await api.Jobs.all(project, { pipelineId: pipeline.id, scope: ["manual", "success"], perPage: 1 });
assert.equal(waiting.length, 4, "pages are followed");
const job = waiting.find((one) => one.name === "deploy-dev");
const options = { jobVariablesAttributes: [{ key: "NOTE", value: "from node" }] };
assert.equal((await api.Jobs.play(project, job.id, options)).id, job.id);
let found = job;
for (let left = 200; left > 0 && found.status !== "success"; left -= 1) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  found = await api.Jobs.show(project, job.id);
}
assert.equal(found.status, "success");
assert.equal(found.user.username, "chris");
assert.match(await api.Jobs.showLog(project, job.id), /v1\.4\.0 now runs in dev/);
assert.notEqual((await api.Jobs.retry(project, job.id)).id, job.id);

const closed = await api.Pipelines.all(project, { ref: "main" });
const [blocked] = await api.Jobs.all(project, { pipelineId: closed[0].id, scope: ["manual"] });
await assert.rejects(api.Jobs.play(project, blocked.id), /403 Forbidden/);
console.log("played", job.id);
