/*
 * Open MPI's MPI_Allreduce, measured as src/collectives/measure-all-reduce.ts does. Out of place, which is how
 * it is fastest.
 *
 *   mpirun -np NP all_reduce SECONDS MIN_RUNS MAX_RUNS "BYTES OP DTYPE WARM_UPS"...
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan {
  double seconds;
  int min_runs, max_runs;
};

struct buffers {
  MPI_Datatype type;
  MPI_Op op;
  const char *op_name;
  int count, rank, size;
  void *mine, *reduced;
};

/* See src/collectives/cells.ts. */
static double cell(const char *op, int index, int rank) {
  return index % (strcmp(op, "product") == 0 ? 3 : 1021) + 1 + rank;
}

static double reduced_cell(const char *op, int index, int size) {
  double first = cell(op, index, 0), product = 1;
  if (strcmp(op, "sum") == 0) return size * first + size * (size - 1) / 2;
  if (strcmp(op, "min") == 0) return first;
  if (strcmp(op, "max") == 0) return first + size - 1;
  for (int rank = 0; rank < size; rank++) product *= first + rank;
  return product;
}

static void put(struct buffers *b, void *buffer, int index, double value) {
  if (b->type == MPI_FLOAT)
    ((float *)buffer)[index] = value;
  else
    ((int *)buffer)[index] = value;
}

static void check(struct buffers *b, int index) {
  double got = b->type == MPI_FLOAT ? ((float *)b->reduced)[index] : ((int *)b->reduced)[index];
  double expected = reduced_cell(b->op_name, index, b->size);
  if (got == expected) return;
  fprintf(stderr, "wrong %s on rank %d: expected %g at %d, got %g\n", b->op_name, b->rank, expected, index, got);
  MPI_Abort(MPI_COMM_WORLD, 1);
}

/* Microseconds of the all-reduce; `all` gets the seconds of everything. */
static double once(struct buffers *b, double *all) {
  int some[] = {0, b->count / 2, b->count - 1};
  double from = MPI_Wtime();
  for (int i = 0; i < 3; i++) put(b, b->reduced, some[i], -1);
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  MPI_Allreduce(b->mine, b->reduced, b->count, b->type, b->op, MPI_COMM_WORLD);
  double end = MPI_Wtime();
  for (int i = 0; i < 3; i++) check(b, some[i]);
  *all = MPI_Wtime() - from;
  return (end - start) * 1e6;
}

static int runs_for(const struct plan *plan, double seconds) {
  double slowest;
  MPI_Allreduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  double runs = plan->seconds / slowest;
  return runs < plan->min_runs ? plan->min_runs : runs > plan->max_runs ? plan->max_runs : (int)(runs + 0.5);
}

static void measure(const struct plan *plan, size_t bytes, const char *op, const char *dtype, int warm_ups) {
  struct buffers b = {.op_name = op, .count = bytes / 4, .mine = malloc(bytes), .reduced = malloc(bytes)};
  b.type = strcmp(dtype, "float32") == 0 ? MPI_FLOAT : MPI_INT;
  b.op = strcmp(op, "sum") == 0 ? MPI_SUM : strcmp(op, "min") == 0 ? MPI_MIN : strcmp(op, "max") == 0 ? MPI_MAX : MPI_PROD;
  MPI_Comm_rank(MPI_COMM_WORLD, &b.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &b.size);
  for (int i = 0; i < b.count; i++) put(&b, b.mine, i, cell(op, i, b.rank));

  double seconds = 0, fastest = 1e9;
  for (int i = 0; i < warm_ups; i++) {
    once(&b, &seconds);
    if (seconds < fastest) fastest = seconds;
  }
  int runs = runs_for(plan, fastest);
  double *durations = malloc(runs * sizeof *durations), *slowest = malloc(runs * sizeof *slowest);
  for (int i = 0; i < runs; i++) {
    /* What the last run left must not pass for the result of this one. */
    if (i == runs - 1) memset(b.reduced, 0, bytes);
    durations[i] = once(&b, &seconds);
  }
  for (int i = 0; i < b.count; i++) check(&b, i);
  MPI_Reduce(durations, slowest, runs, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (b.rank == 0) {
    printf("{\"bytes\": %zu, \"op\": \"%s\", \"dtype\": \"%s\", \"durationsUs\": [", bytes, op, dtype);
    for (int i = 0; i < runs; i++) printf("%s%.3f", i ? ", " : "", slowest[i]);
    printf("]}\n");
    fflush(stdout);
  }
  free(durations);
  free(slowest);
  free(b.mine);
  free(b.reduced);
}

int main(int count, char **arguments) {
  MPI_Init(&count, &arguments);
  struct plan plan = {atof(arguments[1]), atoi(arguments[2]), atoi(arguments[3])};
  for (int i = 4; i < count; i++) {
    size_t bytes;
    int warm_ups;
    char op[16], dtype[16];
    if (sscanf(arguments[i], "%zu %15s %15s %d", &bytes, op, dtype, &warm_ups) != 4) return 2;
    measure(&plan, bytes, op, dtype, warm_ups);
  }
  MPI_Finalize();
}
