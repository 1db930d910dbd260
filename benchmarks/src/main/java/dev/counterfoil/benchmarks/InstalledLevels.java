package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
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
  private static final int QUORUM = 2;
  private static final String DOMAIN = "bench";
  private static final Duration START_MAX = Duration.ofMinutes(1);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  /** Not a token in time: counted, and no reason to void the run. */
  private static final String UNREACHED = "unreached";

  /** Longest message of a witness that says that it serves. */
  private static final int SAID_BYTES_MAX = 64 << 10;

  /** Level of the tenants that are named after theirs. */
  private static final Map<String, String> TENANTS = new LinkedHashMap<>();

  static {
    TENANTS.put("durable", "a whole installation: durable, signed");
    TENANTS.put("checkpointed", "the same, in a signed checkpoint");
    TENANTS.put("held", "the same, held by a custodian");
    TENANTS.put("cosigned", "the same, cosigned by 2 of 3 witnesses");
  }

  private final Path root;
  private final Path folder;
  private final List<Child> witnesses = new ArrayList<>();

  private InstalledLevels(Path root, Path folder) {
    this.root = root;
    this.folder = folder;
  }

  /**
   * Measures.
   *
   * @param rate tokens a second for each level
   */
  static List<LogReport.Times> measure(Path root, Path folder, int rate, int seconds)
      throws IOException, InterruptedException {
    InstalledLevels run = new InstalledLevels(root, folder);
    try {
      Path logs = Files.createFile(folder.resolve("logs.txt"));
      StringBuilder cosigners = new StringBuilder();
      for (int i = 0; i < WITNESSES; i++) {
        cosigners.append(run.startWitness(i, logs));
      }
      Files.writeString(folder.resolve("installation.yaml"), configuration(cosigners));
      try (CounterfoilServer server = CounterfoilServer.start(root, folder);
          SignerClient signer =
              new SignerClient(folder.resolve("data/domains/" + DOMAIN + "/signer/service.sock"))) {
        Files.writeString(logs, "log " + logKey(signer, server) + "\n");
        awaitCosigned(signer);
        return run.load(signer, rate, seconds);
      } catch (ParseException e) {
        throw new IOException("a client's key is none", e);
      }
    } finally {
      run.witnesses.forEach(Child::close);
    }
  }

  /** Starts a witness; the entry of the installation's configuration that names it. */
  private String startWitness(int number, Path logs) throws IOException, InterruptedException {
    String name = "w" + number;
    Path configuration = folder.resolve(name + ".yaml");
    Files.writeString(
        configuration,
        """
        name: %1$s.example
        listen: 127.0.0.1:%2$d
        data: %3$s
        logs: %4$s
        cosign: ed25519
        """
            .formatted(name, Ports.free(), folder.resolve(name), logs));
    Path log = folder.resolve(name + ".log");
    Child child =
        Child.start(
            name,
            folder,
            log,
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            List.of(
                root.resolve("dist/counterfoil/bin/counterfoil").toString(),
                "witness",
                "--json",
                "--config",
                configuration.toString()));
    witnesses.add(child);
    JsonObject said = said(child);
    return "  - {name: %s, vkey: \"%s\", kind: witness, url: \"%s\"}\n"
        .formatted(name, strings(said, "vkeys").getFirst(), string(said, "url"));
  }

  private static JsonObject said(Child child) throws InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      String json =
          child.output().lines().filter(line -> line.startsWith("{\"url\"")).findFirst().orElse("");
      if (!json.isEmpty()) {
        try {
          return StrictJson.object(json.getBytes(StandardCharsets.UTF_8), SAID_BYTES_MAX);
        } catch (FormatException e) {
          // Not written to its end yet.
        }
      }
      if (!child.isAlive() || System.nanoTime() - begun > START_MAX.toNanos()) {
        throw new IllegalStateException("a witness does not serve." + child.shown());
      }
      Thread.sleep(20);
    }
  }

  private static String configuration(CharSequence cosigners) throws IOException {
    StringBuilder release = new StringBuilder();
    TENANTS
        .keySet()
        .forEach(level -> release.append(level).append(": ").append(level).append(", "));
    return """
        quorum: %1$d
        cosigners:
        %2$sdomains:
          - name: %3$s
            issuer: http://127.0.0.1:%4$d
            listen: 127.0.0.1:%4$d
            tenants: ["*"]
            audiences: ["*"]
            spare-signers: 0
            release: {%5$s}
        monitor-listen: 127.0.0.1:%6$d
        """
        .formatted(
            QUORUM,
            cosigners,
            DOMAIN,
            Ports.free(),
            release.substring(0, release.length() - 2),
            Ports.free());
  }

  private static JsonObject status(SignerClient signer) throws InterruptedException {
    try {
      if (signer.ask(Commands.status(), ANSWER_MAX) instanceof Answer.Done done) {
        return done.result();
      }
    } catch (SignerUnavailableException e) {
      throw new IllegalStateException("the signer is not there", e);
    }
    throw new IllegalStateException("the signer does not tell its status");
  }

  private static String logKey(SignerClient signer, CounterfoilServer server)
      throws InterruptedException {
    long begun = System.nanoTime();
    while (!signer.isConnected()) {
      if (System.nanoTime() - begun > START_MAX.toNanos()) {
        throw new IllegalStateException("no connection to the signer of " + server.issuer());
      }
      Thread.sleep(20);
    }
    return string(object(status(signer), "log"), "vkey");
  }

  /** A first token, until the witnesses know the log and have cosigned it. */
  private static void awaitCosigned(SignerClient signer) throws InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      try {
        if (signer.ask(request("cosigned"), ANSWER_MAX) instanceof Answer.Issued
            && signer.ask(request("held"), ANSWER_MAX) instanceof Answer.Issued) {
          return;
        }
      } catch (SignerUnavailableException e) {
        throw new IllegalStateException("the signer is not there", e);
      }
      if (System.nanoTime() - begun > START_MAX.toNanos()) {
        throw new IllegalStateException("no token is held and cosigned: " + status(signer));
      }
    }
  }

  private static IssueRequest request(String tenant) {
    return new IssueRequest(
        "at+jwt",
        tenant,
        "robot",
        "robot",
        List.of(CounterfoilServer.AUDIENCE),
        "",
        300,
        null,
        null,
        new IssueRequest.Ground("client_secret_basic", ""),
        "127.0.0.1",
        System.currentTimeMillis());
  }

  private List<LogReport.Times> load(SignerClient signer, int rate, int seconds)
      throws InterruptedException {
    int warmUp = rate * Math.max(2, seconds / 3);
    int count = warmUp + rate * seconds;
    Map<String, Histogram> times = new LinkedHashMap<>();
    TENANTS
        .keySet()
        .forEach(level -> times.put(level, new ConcurrentHistogram(60_000_000_000L, 3)));
    CountDownLatch left = new CountDownLatch(count * TENANTS.size());
    Map<String, Integer> late = new ConcurrentHashMap<>();
    AtomicReference<@Nullable String> wrong = new AtomicReference<>();
    long begun = System.nanoTime();
    for (int i = 0; i < count && wrong.get() == null; i++) {
      long due = begun + i * 1_000_000_000L / rate;
      // The processors that are measured are these: not looked at again and again.
      for (long ahead = due - System.nanoTime(); ahead > 0; ahead = due - System.nanoTime()) {
        LockSupport.parkNanos(ahead);
      }
      boolean counts = i >= warmUp;
      times.forEach(
          (level, histogram) ->
              Thread.ofVirtual()
                  .start(
                      () -> {
                        String problem = ask(signer, level);
                        if (!counts) {
                          left.countDown();
                          return;
                        }
                        if (problem.isEmpty()) {
                          histogram.recordValue(System.nanoTime() - due);
                        } else if (problem.equals(UNREACHED)) {
                          late.merge(level, 1, Integer::sum);
                        } else {
                          wrong.compareAndSet(null, level + ": " + problem);
                        }
                        left.countDown();
                      }));
    }
    String problem = wrong.get();
    if (problem == null) {
      left.await();
      problem = wrong.get();
    }
    if (problem != null) {
      throw new IllegalStateException("A token was not given out; the run is void. " + problem);
    }
    List<LogReport.Times> all = new ArrayList<>();
    times.forEach(
        (level, histogram) ->
            all.add(
                LogReport.Times.of(
                    TENANTS.getOrDefault(level, level),
                    LogLife.quantiles(histogram),
                    late.getOrDefault(level, 0))));
    return all;
  }

  /** Why there is no token; empty when there is one. */
  private static String ask(SignerClient signer, String tenant) {
    try {
      return switch (signer.ask(request(tenant), ANSWER_MAX)) {
        case Answer.Issued issued -> "";
        case Answer.Refused refused when refused.code() == Answer.Code.LEVEL_NOT_REACHED ->
            UNREACHED;
        case Answer.Refused refused -> refused.code() + " " + refused.text();
        case Answer other -> "another answer than a token";
      };
    } catch (SignerUnavailableException e) {
      return "the signer does not answer";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private static JsonObject object(JsonObject from, String name) {
    try {
      return from.object(name);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String string(JsonObject from, String name) {
    try {
      return from.string(name);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> strings(JsonObject from, String name) {
    try {
      return from.strings(name);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }
}
