/** The most ranks a job has, and the most slots a host offers. */
export const maxRanks = 1024;
