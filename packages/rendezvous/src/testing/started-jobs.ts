/** For one test file: starts the job of a test, and closes it afterwards. */
import { afterEach } from "@jest/globals";
import { TestJob } from "./test-job.js";

/** Members that tests take out of a job one by one. */
type StartedJob = Pick<
  TestJob,
  | "arrived"
  | "clock"
  | "heard"
  | "progress"
  | "coordinator"
  | "join"
  | "joinAll"
  | "next"
  | "collect"
>;

export function startedJobs(): (
  ...parameters: Parameters<typeof TestJob.start>
) => Promise<StartedJob> {
  let job: TestJob | undefined;
  afterEach(async () => {
    await job?.close();
    job = undefined;
  });
  return async (...parameters) => {
    job = await TestJob.start(...parameters);
    const { clock, heard, progress, coordinator } = job;
    return {
      ...{ clock, heard, progress, coordinator },
      arrived: job.arrived.bind(job),
      join: job.join.bind(job),
      joinAll: job.joinAll.bind(job),
      next: job.next.bind(job),
      collect: job.collect.bind(job),
    };
  };
}
