package dev.counterfoil.log;

import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.read.CosignerClient;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Has a log's checkpoint cosigned by the witnesses that policies name, as the authority does with
 * the tokens' logs: whoever asks the log later for its cosigned checkpoint is shown the history
 * that they saw. Without witnesses in a policy nobody is asked. Belongs to one thread.
 */
public final class LogWitnesses {
  /** Pause between two rounds. */
  public static final Duration EVERY = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger(LogWitnesses.class.getName());
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);

  private final LogReader reader;
  private final String origin;
  private final Optional<Cosigning> cosigning;
  private final Map<String, Asked> witnesses = new LinkedHashMap<>();
  private final InstantSource clock;
  private final Consumer<String> contradicted;
  private final Object appending;
  private long cosigned = -1;

  /** Takes in what is cosigned of the log. */
  @FunctionalInterface
  public interface Taking {
    Cosigning of(List<Cosigner> cosigners, int quorum);
  }

  /** Says whether the process ends within a time. */
  @FunctionalInterface
  public interface Ending {
    boolean endsWithin(Duration pause) throws InterruptedException;
  }

  /** A witness, and what was wrong with his last answer. */
  private static final class Asked {
    final CosignerClient client;
    String problem = "";

    Asked(CosignerClient client) {
      this.client = client;
    }
  }

  /**
   * Witnesses of policies.
   *
   * @param reader of the log's public folder
   * @param origin the log's name
   * @param taking of the log
   * @param appending held while a cosignature is taken in, as by who appends to the log
   * @param contradicted told when a witness, or the log's own key, shows another history of the log
   */
  public LogWitnesses(
      List<TrustPolicy> policies,
      LogReader reader,
      String origin,
      Taking taking,
      Object appending,
      HttpClient http,
      InstantSource clock,
      Consumer<String> contradicted) {
    this.reader = reader;
    this.origin = origin;
    this.appending = appending;
    this.clock = clock;
    this.contradicted = contradicted;
    List<Cosigner> cosigners = new ArrayList<>();
    for (TrustPolicy policy : policies) {
      for (LogPolicy.Witness witness : policy.logPolicy().witnesses()) {
        String name = witness.key().name();
        if (witness.url().isPresent() && !witnesses.containsKey(name)) {
          cosigners.add(new Cosigner(name, witness.key(), Cosigner.Kind.WITNESS, false));
          witnesses.put(
              name,
              new Asked(new CosignerClient(witness.key(), URI.create(witness.url().get()), http)));
        }
      }
    }
    // One is enough to be published: who reads it counts the lines by a policy of his own.
    this.cosigning = cosigners.isEmpty() ? Optional.empty() : Optional.of(taking.of(cosigners, 1));
  }

  /**
   * A log that is cosigned.
   *
   * @param reader of its public folder
   * @param origin its name
   * @param taking takes in what is cosigned
   * @param appending held while it does, as by who appends
   */
  public record Cosigned(LogReader reader, String origin, Taking taking, Object appending) {}

  /** Asks the witnesses of policies until the process ends; on a thread of its own. */
  public static void askUntil(
      Ending ending,
      List<TrustPolicy> policies,
      Cosigned log,
      InstantSource clock,
      Consumer<String> contradicted)
      throws InterruptedException {
    try (HttpClient http = http()) {
      new LogWitnesses(
              policies,
              log.reader(),
              log.origin(),
              log.taking(),
              log.appending(),
              http,
              clock,
              contradicted)
          .askUntil(ending);
    }
  }

  /** Asks them until the process ends; on a thread of its own. */
  public void askUntil(Ending ending) throws InterruptedException {
    do {
      try {
        round();
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "log " + origin + " is not cosigned. It is tried again",
            e);
      }
    } while (!ending.endsWithin(EVERY));
  }

  /** What witnesses are asked with. */
  public static HttpClient http() {
    return HttpClient.newBuilder()
        .connectTimeout(CONNECT_WITHIN)
        .followRedirects(HttpClient.Redirect.NEVER)
        .build();
  }

  /** Asks all of them once about the checkpoint of this moment, when it is a new one. */
  public void round() throws IOException, InterruptedException {
    Optional<LogReader.Published> published = reader.published();
    if (cosigning.isEmpty()
        || published.isEmpty()
        || published.get().checkpoint().size() <= cosigned) {
      return;
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Future<CosignerClient.Outcome>> answers = new LinkedHashMap<>();
      witnesses.forEach(
          (name, witness) ->
              answers.put(
                  name,
                  threads.submit(() -> witness.client.cosign(origin, reader, published.get()))));
      for (Map.Entry<String, Future<CosignerClient.Outcome>> answer : answers.entrySet()) {
        take(cosigning.get(), answer.getKey(), answer.getValue().get());
      }
    } catch (ExecutionException e) {
      throw new IOException("a witness cannot be asked", e.getCause());
    }
  }

  private void take(Cosigning log, String name, CosignerClient.Outcome outcome) throws IOException {
    switch (outcome) {
      case CosignerClient.Outcome.Cosigned good -> {
        judge(log, good.note());
        problem(name, "");
      }
      case CosignerClient.Outcome.Evidence evidence -> {
        judge(log, evidence.note());
        problem(name, evidence.why());
      }
      case CosignerClient.Outcome.Failed failed -> problem(name, failed.why());
    }
  }

  private void judge(Cosigning log, SignedNote note) throws IOException {
    Cosigning.Verdict verdict;
    synchronized (appending) {
      verdict = log.take(note, clock.instant());
    }
    switch (verdict) {
      case Cosigning.Verdict.Counted counted -> cosigned = Math.max(cosigned, counted.size());
      case Cosigning.Verdict.Contradicted other ->
          contradicted.accept(
              ("%s cosigned a different tree of %s at size %d than stands here:"
                      + " there are two histories")
                  .formatted(other.by(), origin, other.theirs().size()));
      case Cosigning.Verdict.Rewound rewound ->
          contradicted.accept(
              ("%s cosigned %s at size %d, but here are only %d entries: the"
                      + " disk was put back, and entries are lost")
                  .formatted(rewound.by(), origin, rewound.theirs().size(), rewound.size()));
      case Cosigning.Verdict.Refused refused ->
          LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", origin, refused.why());
    }
  }

  private void problem(String name, String why) {
    Asked witness = witnesses.get(name);
    if (witness != null && !witness.problem.equals(why)) {
      witness.problem = why;
      if (why.isEmpty()) {
        LOG.log(System.Logger.Level.INFO, "witness {0} cosigns log {1}", name, origin);
      } else {
        LOG.log(System.Logger.Level.WARNING, "witness {0}, log {1}: {2}", name, origin, why);
      }
    }
  }
}
