package dev.counterfoil.benchmarks.verifying;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** What JMH measures, on one thread, in a process for each. */
final class Forks {
  private static final String RUN = "run";

  private Forks() {}

  /**
   * One operation.
   *
   * @param allocatedBytes for one
   */
  record Rate(double perSecond, double allocatedBytes) {
    double micros() {
      return 1e6 / perSecond;
    }
  }

  /**
   * Runs a class's benchmarks.
   *
   * @param mode {@code SingleShotTime} where an iteration is one invocation
   * @param run the folder that they are told
   * @return by name, with the value of a parameter behind it where there is one
   */
  static Map<String, Rate> run(Class<?> benchmarks, Mode mode, int iterations, String run)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + benchmarks.getSimpleName() + "\\.")
            .mode(mode)
            .threads(1)
            .forks(1)
            .warmupIterations(mode == Mode.SingleShotTime ? 5 : 3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.seconds(1))
            .timeUnit(TimeUnit.SECONDS)
            .addProfiler(GCProfiler.class);
    if (!run.isEmpty()) {
      options.param(RUN, run);
    }
    Map<String, Rate> rates = new TreeMap<>();
    for (RunResult result : new Runner(options.build()).run()) {
      double score = result.getPrimaryResult().getScore();
      double allocated = Double.NaN;
      for (String secondary : result.getSecondaryResults().keySet()) {
        if (secondary.endsWith("gc.alloc.rate.norm")) {
          allocated = result.getSecondaryResults().get(secondary).getScore();
        }
      }
      rates.put(
          name(result.getParams()),
          new Rate(mode == Mode.SingleShotTime ? 1 / score : score, allocated));
    }
    return rates;
  }

  private static String name(BenchmarkParams params) {
    String benchmark = params.getBenchmark();
    String value =
        params.getParamsKeys().stream()
            .filter(key -> !key.equals(RUN))
            .map(key -> " " + params.getParam(key))
            .collect(Collectors.joining());
    return benchmark.substring(benchmark.lastIndexOf('.') + 1) + value;
  }
}
