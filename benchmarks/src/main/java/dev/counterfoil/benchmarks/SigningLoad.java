package dev.counterfoil.benchmarks;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Asks a signer on its socket for tokens, each caller for the next one when he has one. */
final class SigningLoad {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  /** Each with a quota of its own: no client's quota is what is measured. */
  private static final int CLIENTS = 64;

  private final CounterfoilServer server;
  private final Path socket;
  private final int callers;

  SigningLoad(CounterfoilServer server, Path socket, int callers) {
    this.server = server;
    this.socket = socket;
    this.callers = callers;
  }

  /**
   * What a load counted.
   *
   * @param signerSeconds processor time of the signer in it
   */
  record Counted(long tokens, double seconds, double signerSeconds) {}

  /**
   * Loads for a time. One answer that is no token voids the run, and so does a log that did not
   * grow by as many.
   */
  Counted run(Duration length) throws IOException, InterruptedException {
    LongAdder issued = new LongAdder();
    AtomicReference<@Nullable String> wrong = new AtomicReference<>();
    long recordedBefore = server.recorded().orElseThrow();
    try (SignerClient client = new SignerClient(socket)) {
      awaitToken(client);
      double processorBefore = signerSeconds();
      long begun = System.nanoTime();
      long end = begun + length.toNanos();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        String name = "client-" + i % CLIENTS;
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      while (System.nanoTime() < end && wrong.get() == null) {
                        ask(client, name, issued, wrong);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      double took = (System.nanoTime() - begun) / 1e9;
      double processor = signerSeconds() - processorBefore;
      String problem = wrong.get();
      if (problem != null) {
        throw new IllegalStateException("A token was not given out; the run is void. " + problem);
      }
      long tokens = issued.sum();
      requireRecorded(recordedBefore + tokens);
      return new Counted(tokens, took, processor);
    }
  }

  private static void awaitToken(SignerClient client) throws InterruptedException {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < ANSWER_MAX.toNanos()) {
      try {
        if (client.ask(request("first"), ANSWER_MAX) instanceof Answer.Issued) {
          return;
        }
      } catch (SignerUnavailableException e) {
        Thread.sleep(10);
      }
    }
    throw new IllegalStateException("the signer gives no token");
  }

  private static void ask(
      SignerClient client, String name, LongAdder issued, AtomicReference<@Nullable String> wrong) {
    try {
      switch (client.ask(request(name), ANSWER_MAX)) {
        case Answer.Issued token -> issued.increment();
        case Answer.Refused refused ->
            wrong.compareAndSet(null, refused.code() + " " + refused.text());
        case Answer other -> wrong.compareAndSet(null, "another answer than a token");
      }
    } catch (SignerUnavailableException e) {
      wrong.compareAndSet(null, "the signer does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Checkpoints are published a moment after the tokens. */
  private void requireRecorded(long wanted) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    while (server.recorded().orElseThrow() < wanted) {
      if (System.nanoTime() - begun > ANSWER_MAX.toNanos()) {
        throw new IllegalStateException("The log has fewer tokens than were given out.");
      }
      Thread.sleep(50);
    }
  }

  private double signerSeconds() throws IOException {
    return Resident.processorSeconds(server.processes()).getOrDefault("signer", 0.0);
  }

  private static IssueRequest request(String client) {
    return new IssueRequest(
        "at+jwt",
        "acme",
        client,
        client,
        List.of(CounterfoilServer.AUDIENCE),
        "",
        300,
        null,
        null,
        new IssueRequest.Ground("client_secret_basic", ""),
        "127.0.0.1",
        System.currentTimeMillis());
  }
}
