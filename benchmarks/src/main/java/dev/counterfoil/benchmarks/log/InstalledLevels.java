package dev.counterfoil.benchmarks.log;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.BenchedSigner;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Times until a signer gives out a token whose tenant asks for a level, with a whole installation
 * and three witnesses as processes: asked on the signer's socket as the authority does, at a fixed
 * rate, so that HTTP is left out and everything else is in.
 */
final class InstalledLevels {
  private static final int WITNESSES = 3;
  private static final Duration START_MAX = Duration.ofMinutes(1);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  /** Each has a tenant of its name; cosigned is by two of the three witnesses. */
  private static final List<String> LEVELS = List.of("durable", "checkpointed", "held", "cosigned");

  private InstalledLevels() {}

  /**
   * Measures.
   *
   * @param rate tokens a second for each level
   */
  static void measure(Path folder, int rate, int seconds, RunReport.Table times) throws Exception {
    List<Child> witnesses = new ArrayList<>();
    try {
      Path logs = Files.createFile(folder.resolve("logs.txt"));
      StringBuilder cosigners = new StringBuilder("quorum: 2\ncosigners:\n");
      for (int i = 0; i < WITNESSES; i++) {
        cosigners.append(startWitness(folder, "w" + i, logs, witnesses));
      }
      StringBuilder release = new StringBuilder("spare-signers: 0\nrelease:\n");
      LEVELS.forEach(level -> release.append("  %1$s: %1$s%n".formatted(level)));
      CounterfoilServer.configure(folder, "*", release.toString(), cosigners.toString());
      try (CounterfoilServer server = CounterfoilServer.start(folder);
          BenchedSigner signer = new BenchedSigner(server.signerSocket())) {
        signer.awaitTokens("durable");
        Files.writeString(logs, "log " + logKey(signer) + "\n");
        // Until the witnesses know the log and have cosigned it.
        signer.awaitTokens("cosigned", "held");
        load(signer, rate, seconds, times);
      }
    } finally {
      witnesses.forEach(Child::close);
    }
  }

  /** Starts a witness; the entry of the installation's configuration that names it. */
  private static String startWitness(Path folder, String name, Path logs, List<Child> witnesses)
      throws Exception {
    Path configuration =
        Files.writeString(
            folder.resolve(name + ".yaml"),
            """
            name: %1$s.example
            listen: 127.0.0.1:%2$d
            data: %3$s
            logs: %4$s
            cosign: ed25519
            """
                .formatted(name, FreePorts.find(1).getFirst(), folder.resolve(name), logs));
    Child child =
        Child.counterfoil(
            folder, Map.of(), "witness", "--json", "--config", configuration.toString());
    witnesses.add(child);
    JsonObject said = json(child.line(line -> line.startsWith("{\"url\""), START_MAX));
    return "  - {name: %s, vkey: \"%s\", kind: witness, url: \"%s\"}\n"
        .formatted(name, said.strings("vkeys").getFirst(), said.string("url"));
  }

  private static JsonObject json(String line) throws Exception {
    return StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 64 << 10);
  }

  private static String logKey(BenchedSigner signer) throws Exception {
    if (signer.client().ask(Commands.status(), ANSWER_MAX) instanceof Answer.Done done) {
      return done.result().object("log").string("vkey");
    }
    throw new IOException("the signer does not tell its status");
  }

  private static void load(BenchedSigner signer, int rate, int seconds, RunReport.Table table)
      throws InterruptedException {
    int warmUp = rate * Math.max(2, seconds / 3);
    int count = warmUp + rate * seconds;
    Map<String, Histogram> times = new LinkedHashMap<>();
    LEVELS.forEach(level -> times.put(level, new ConcurrentHistogram(60_000_000_000L, 3)));
    CountDownLatch left = new CountDownLatch(count * LEVELS.size());
    Map<String, Integer> late = new ConcurrentHashMap<>();
    AtomicReference<@Nullable String> wrong = new AtomicReference<>();
    long begun = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long due = begun + i * 1_000_000_000L / rate;
      // The processors that are measured are these: not looked at again and again.
      for (long ahead = due - System.nanoTime(); ahead > 0; ahead = due - System.nanoTime()) {
        LockSupport.parkNanos(ahead);
      }
      boolean counts = i >= warmUp;
      times.forEach(
          (level, histogram) ->
              Thread.startVirtualThread(
                  () -> {
                    String problem = signer.problem(level, "robot");
                    if (counts && problem.isEmpty()) {
                      histogram.recordValue(System.nanoTime() - due);
                    } else if (problem.startsWith(Answer.Code.LEVEL_NOT_REACHED.name())) {
                      // Not a token in time: counted, and no reason to void the run.
                      late.merge(level, counts ? 1 : 0, Integer::sum);
                    } else if (!problem.isEmpty()) {
                      wrong.compareAndSet(null, level + ": " + problem);
                    }
                    left.countDown();
                  }));
    }
    left.await();
    if (wrong.get() != null) {
      throw new IllegalStateException("A token was not given out; the run is void. " + wrong);
    }
    times.forEach(
        (level, histogram) ->
            LogBenchmarkCommand.row(
                table,
                "a whole installation: " + level,
                rate,
                LogLife.quantiles(histogram),
                late.getOrDefault(level, 0)));
  }
}
