package dev.counterfoil.benchmarks.issuing;

import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.BenchedSigner;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a whole signer against the ES256 signatures that one core makes. */
@Command(
    name = "signing",
    description = {
      "Asks a signer on its socket for as many tokens as it gives, as the authority does, and compares with the ES256",
      "signatures that one core makes with AWS-LC and nothing around it. The same with the keys in SoftHSM2, where it is",
      "installed. Every token is recorded and on disk before it is signed."
    })
public final class SigningCommand extends Measurement {
  private static final int CALLERS = 512;

  /** Each with a quota of its own: no client's quota is what is measured. */
  private static final int CLIENTS = 64;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description =
          "Length of each load, after as long a one to warm up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(seconds > 0, "want a second at least");
    RunReport.Table table =
        report.table(
            "keys in",
            "library alone, one thread, signatures/s",
            "whole signer, tokens/s",
            "ratio",
            "µs of the signer for a token",
            "processors it had");
    CounterfoilServer.configure(folder, "*", "spare-signers: 0", "");
    measure("software (AWS-LC)", Floors::signs, folder, Map.of(), table);
    if (Files.isReadable(SoftToken.LIBRARY)) {
      // Sockets lie below it, so its name is short.
      Path own = Files.createDirectory(folder.resolve("p"));
      SoftToken token = SoftToken.make(own.resolve("hsm"));
      CounterfoilServer.configure(own, "*", "spare-signers: 0\n" + token.configuration(), "");
      measure("PKCS#11 (SoftHSM2)", token::signsPerSecond, own, token.environment(), table);
    } else {
      say("SoftHSM2 is left out: install Debian's softhsm2.");
    }
    report.note(
        "%,d tokens asked for at a time, %d s after as many to warm up; the load, the monitor and the others run on the same processors. The library alone: the higher rate of before and after",
        CALLERS, seconds);
  }

  /** Both rates of the library, since a shared machine's speed changes. */
  private void measure(
      String custody,
      Callable<Double> alone,
      Path folder,
      Map<String, String> environment,
      RunReport.Table table)
      throws Exception {
    double before = alone.call();
    try (CounterfoilServer server = CounterfoilServer.start(folder, environment);
        BenchedSigner signer = new BenchedSigner(server.signerSocket())) {
      signer.awaitTokens(CounterfoilServer.TENANT);
      // Processes that run for months are measured, not the compiler in their first seconds.
      load(signer);
      long recorded = server.recorded();
      double used = server.processorSeconds("signer");
      long begun = System.nanoTime();
      long tokens = load(signer);
      double took = (System.nanoTime() - begun) / 1e9;
      double processor = server.processorSeconds("signer") - used;
      server.requireRecorded(recorded, tokens);
      double floor = Math.max(before, alone.call());
      table.row(
          custody,
          floor,
          tokens / took,
          tokens / took / floor,
          processor * 1e6 / tokens,
          processor / took);
    }
  }

  /** Each caller asks for the next token when it has one; one answer that is none voids the run. */
  private long load(BenchedSigner signer) throws InterruptedException {
    LongAdder issued = new LongAdder();
    AtomicReference<@Nullable String> wrong = new AtomicReference<>();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      String name = "client-" + i % CLIENTS;
      threads.add(
          Thread.startVirtualThread(
              () -> {
                while (System.nanoTime() < end && wrong.get() == null) {
                  String problem = signer.problem(CounterfoilServer.TENANT, name);
                  if (problem.isEmpty()) {
                    issued.increment();
                  } else {
                    wrong.set(problem);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    String problem = wrong.get();
    if (problem != null) {
      throw new IllegalStateException("A token was not given out; the run is void. " + problem);
    }
    return issued.sum();
  }
}
