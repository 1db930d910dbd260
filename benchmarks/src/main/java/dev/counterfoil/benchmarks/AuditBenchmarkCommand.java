package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.HttpLogSource;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what an auditor does with a log. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a log, then measures checking all of it (from its folder, with the counterfoils, over HTTP), making",
      "proofs for random positions, and verifying proofs; beside them, what SHA-256 alone allows."
    })
final class AuditBenchmarkCommand implements Callable<Integer> {
  /** SHA-256 calls for an entry: its leaf (34 bytes) and, on average, one node (65 bytes). */
  private static final int HASHED_ENTRIES = 2_000_000;

  private static final int PROOFS = 50_000;

  /** Hashes in the groups below the tiles of level 1 that a proof touches. */
  private static final int COLD_LEAVES = 8;

  private static final int COLD_NODES = 14;

  /** Positions that are asked for most: those of tokens that still live. */
  private static final int RECENT = 100_000;

  private static final int REQUESTS = 16;
  private static final int ROUNDS = 3;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--entries",
      paramLabel = "N",
      defaultValue = "4000000",
      description = "Entries of the log (default: ${DEFAULT-VALUE}).")
  private int entries;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "Threads of what runs on several (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Override
  public Integer call() throws Exception {
    try (RunFolder folder = RunFolder.create(place.folder())) {
      AuditedLog log = AuditedLog.write(folder.path(), entries);
      System.out.printf("%,d entries, best of %d rounds%n", entries, ROUNDS);
      say("SHA-256 alone, 1 thread", best(() -> hash(1)), "entries/s");
      say("SHA-256 alone, " + threads + " threads", best(() -> hash(threads)), "entries/s");
      try (LogReader reader = new LogReader(FileDisk.toRead(log.published()))) {
        say("check, 1 thread", best(() -> check(log, reader, 1, false)), "entries/s");
        say(
            "check, " + threads + " threads",
            best(() -> check(log, reader, threads, false)),
            "entries/s");
        say(
            "check with counterfoils, " + threads + " threads",
            best(() -> check(log, reader, threads, true)),
            "entries/s");
        overHttp(log, reader);
        prove(log, reader);
      }
    }
    return 0;
  }

  private static void say(String what, double rate, String unit) {
    System.out.printf(Locale.ROOT, "%-52s %,14.0f %s%n", what, rate, unit);
  }

  private static double best(Callable<Double> round) throws Exception {
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
      best = Math.max(best, round.call());
    }
    return best;
  }

  /** Runs the same on several threads; the sum of what they did in a second. */
  private static double together(int count, Callable<Long> work)
      throws InterruptedException, ExecutionException {
    try (ExecutorService workers = Executors.newFixedThreadPool(count)) {
      long start = System.nanoTime();
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        running.add(workers.submit(work));
      }
      long done = 0;
      for (Future<Long> future : running) {
        done += future.get();
      }
      return done / seconds(start);
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static double hash(int count) throws InterruptedException, ExecutionException {
    return together(
        count,
        () -> {
          MessageDigest digest = MessageDigest.getInstance("SHA-256");
          byte[] leaf = new byte[34];
          byte[] node = new byte[65];
          for (int i = 0; i < HASHED_ENTRIES; i++) {
            digest.update(leaf);
            digest.digest(node, 0, Hash.BYTES);
            digest.update(node);
            digest.digest(leaf, 0, Hash.BYTES);
          }
          return (long) HASHED_ENTRIES;
        });
  }

  private double check(AuditedLog log, LogSource source, int count, boolean withRecords)
      throws IOException {
    LogChecker checker =
        new LogChecker(
                source,
                log.key(),
                Optional.empty(),
                withRecords ? Optional.of(FileDisk.toRead(log.journal())) : Optional.empty(),
                (done, total) -> {})
            .threads(count);
    long start = System.nanoTime();
    if (!(checker.check() instanceof LogCheck.Sound)) {
      throw new IllegalStateException("the log that was just written is not sound");
    }
    return entries / seconds(start);
  }

  private void overHttp(AuditedLog log, LogReader reader) throws Exception {
    try (TileServer server = new TileServer(reader);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      LogSource source = new HttpLogSource(client, server.url(), UnaryOperator.identity());
      say(
          "check over HTTP, %d requests at a time".formatted(REQUESTS),
          best(() -> check(log, source, REQUESTS, false)),
          "entries/s, with the server on the same cores");
    }
  }

  private void prove(AuditedLog log, LogReader reader) throws Exception {
    SignedNote note = SignedNote.parse(reader.checkpoint());
    int recent = Math.min(entries, RECENT);
    say(
        "SHA-256 of a proof with nothing in memory",
        best(AuditBenchmarkCommand::hashColdProofs),
        "proofs/s");
    say(
        "proofs, all positions, of processor time",
        best(() -> proofsOfProcessorTime(reader, note)),
        "proofs/s, which other work beside does not lower much");
    say(
        "proofs, all positions, 1 thread",
        best(() -> proofs(reader, note, entries, 1)),
        "proofs/s");
    say(
        "proofs, all positions, " + threads + " threads",
        best(() -> proofs(reader, note, entries, threads)),
        "proofs/s");
    say(
        "proofs, last %,d positions, 1 thread".formatted(recent),
        best(() -> proofs(reader, note, recent, 1)),
        "proofs/s");
    say(
        "proofs, last %,d positions, %d threads".formatted(recent, threads),
        best(() -> proofs(reader, note, recent, threads)),
        "proofs/s");
    TlogProof proof = new LogProver(reader).inclusion(entries / 3, note);
    byte[] bytes = proof.bytes();
    say(
        "proof files verified, 1 thread, Java's own Ed25519",
        best(() -> together(1, () -> verify(log, bytes))),
        "proofs/s");
    if (AwsLcProvider.load().isPresent()) {
      say(
          "proof files verified, 1 thread, AWS-LC",
          best(() -> together(1, () -> verify(log, bytes))),
          "proofs/s");
    }
  }

  /** What a proof hashes where nothing below the tiles of level 1 is in memory. */
  private static double hashColdProofs() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] leaf = new byte[34];
    byte[] node = new byte[65];
    long start = System.nanoTime();
    for (int i = 0; i < PROOFS; i++) {
      for (int hash = 0; hash < COLD_LEAVES; hash++) {
        digest.update(leaf);
        digest.digest(node, 0, Hash.BYTES);
      }
      for (int hash = 0; hash < COLD_NODES; hash++) {
        digest.update(node);
        digest.digest(leaf, 0, Hash.BYTES);
      }
    }
    return PROOFS / seconds(start);
  }

  private double proofsOfProcessorTime(LogReader reader, SignedNote note) throws Exception {
    LogProver prover = new LogProver(reader);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    SplittableRandom random = new SplittableRandom(1);
    long start = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < PROOFS; i++) {
      prover.inclusion(random.nextLong(entries), note);
    }
    return PROOFS / ((threads.getCurrentThreadCpuTime() - start) / 1e9);
  }

  /** Proofs for random ones of the last positions. */
  private double proofs(LogReader reader, SignedNote note, int last, int count) throws Exception {
    LogProver prover = new LogProver(reader);
    return together(
        count,
        () -> {
          SplittableRandom random = new SplittableRandom(Thread.currentThread().threadId());
          for (int i = 0; i < PROOFS; i++) {
            prover.inclusion(random.nextLong(entries - last, entries), note);
          }
          return (long) PROOFS;
        });
  }

  private static long verify(AuditedLog log, byte[] proof)
      throws FormatException, GeneralSecurityException {
    int count = 5_000;
    for (int i = 0; i < count; i++) {
      TlogProof parsed = TlogProof.parse(proof);
      Checkpoint covering = parsed.verify(log.leaf(parsed.index()), log.key());
      if (covering.size() != log.size()) {
        throw new IllegalStateException("a proof under another checkpoint");
      }
    }
    return count;
  }
}
