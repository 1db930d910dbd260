package dev.counterfoil.drills.theft;

import com.nimbusds.jose.JOSEException;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.log.Staples;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.theft.PerfectForgeries.Forgery;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.IssuanceProof;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.StreamState;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A token key is stolen, and the thief signs perfect tokens with it, outside the signer: every way
 * of checking that promises to refuse what was never issued refuses them, each is found within
 * moments, and honest tokens go on.
 */
public final class StolenKey extends Drill {
  /** What is promised of a finding. */
  public static final Duration FOUND_WITHIN = Duration.ofSeconds(2);

  private static final int TOKENS_BEFORE = 400;
  private static final int TOKENS_AFTER = 50;

  /**
   * How far past the last token a leaf is planted, so that it is there before the log gets so far.
   */
  private static final int PLANTED_AHEAD = 100;

  private static final String TILES = "tiles";
  private static final String STREAM = "stream";
  private static final String PLANTED = "planted";
  private static final String STAPLED = "stapled";
  private static final String ONLINE = "online";
  private static final String REPORT = "report";
  private static final URI INBOX = URI.create("https://archive.example/inbox");
  private static final Expectations SERVICE =
      Expectations.audience(LogStage.AUDIENCE)
          .accessToken()
          .tenant(LogStage.TENANT)
          .bearerAllowed();

  private final Duration foundWithin;

  /** The drill as an operator sees it. */
  public StolenKey() {
    this(FOUND_WITHIN);
  }

  /** The same on a machine that may be busy with other things. */
  StolenKey(Duration foundWithin) {
    super("stolen-key");
    this.foundWithin = foundWithin;
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    LogStage stage = LogStage.withThief(run, 0);
    SightingSink sink = stage.desk().sink(stage.policy().issuer());
    ReadSide network = HttpReadSide.create(Await.PATIENCE);
    PlantedLeaf between = new PlantedLeaf(network);
    Map<String, VerifierBuilder> ways = new LinkedHashMap<>();
    ways.put(TILES, Verifier.builder(stage.policy()).network(network));
    ways.put(STREAM, Verifier.builder(stage.policy()).network(network).stream());
    ways.put(PLANTED, Verifier.builder(stage.policy()).network(between).stream());
    ways.put(
        STAPLED, Verifier.builder(stage.policy()).network(network).stapling(Stapling.REQUIRED));
    ways.put(ONLINE, Verifier.builder(stage.policy()).network(withoutTiles(network)));
    Map<String, Verifier> refusing = new LinkedHashMap<>();
    ways.forEach(
        (way, builder) ->
            refusing.put(way, run.open(builder.clock(run.clock()).sightings(sink).build())));
    Verifier report =
        run.open(Verifier.builder(stage.policy()).clock(run.clock()).reportedOnly(sink).build());
    Services services =
        new Services(refusing, report, new Staples(stage.policy().issuer(), network), between);
    for (Verifier service : services.all().values()) {
      LogStage.awaitReady(service);
    }
    // Until the leaves of every log come: what is before in the log is in tiles.
    for (String way : List.of(STREAM, PLANTED)) {
      Verifier stream = Objects.requireNonNull(refusing.get(way));
      Await.require("a stream", () -> !stream.streams().isEmpty());
      Await.require("leaves", () -> stream.streams().stream().allMatch(StreamState::isRunning));
    }
    play(run, stage, services, new Forger(StolenPrivateKeys.stolen(run.folder())));
  }

  /**
   * The services on stage.
   *
   * @param refusing by the way in which they look issuance up
   * @param reporting the one that only reports
   * @param staples what is sent with tokens to the one that wants proofs
   * @param between who hands on the leaves that one of them receives
   */
  private record Services(
      Map<String, Verifier> refusing, Verifier reporting, Staples staples, PlantedLeaf between) {
    Map<String, Verifier> all() {
      Map<String, Verifier> all = new LinkedHashMap<>(refusing);
      all.put(REPORT, reporting);
      return all;
    }
  }

  private void play(DrillRun run, LogStage stage, Services services, Forger thief)
      throws Exception {
    run.act(1, "as always");
    stage.awaitTokens(TOKENS_BEFORE, Await.PATIENCE);
    List<Acknowledged> honest = stage.traffic().acknowledged();
    observeHonest(run, "stolen-key.honest-before", services, honest);

    run.act(2, "a thief");
    run.says("the thief holds the key " + thief.kid() + " and a few honest tokens");
    PerfectForgeries made = new PerfectForgeries(thief, honest, run.clock());
    observePerfect(run, services.reporting(), made.all("nobody"));

    run.act(3, "he tries");
    Forgery planted = plant(stage, services, made, honest.getLast());
    Map<Hash, Instant> tried = new HashMap<>();
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    for (Map.Entry<String, Verifier> service : services.refusing().entrySet()) {
      String mode = service.getKey();
      List<Forgery> all = made.all(mode);
      if (mode.equals(PLANTED)) {
        all.add(planted);
      }
      for (Forgery forgery : all) {
        Verification answer =
            present(service.getValue(), forgery, stapled(services, mode, forgery, honest), tried);
        if (answer instanceof Refused no && forgery.isStopped(no.code(), unshown(mode))) {
          refused++;
        } else {
          wrong.add(mode + ": " + forgery.what() + " → " + answer);
        }
      }
    }
    run.observe(
        "stolen-key.refused",
        wrong.isEmpty() && refused > 0,
        wrong.isEmpty() ? refused + " of " + refused + " are refused" : String.join("; ", wrong),
        Map.of("refused", refused, "wrong", wrong.size()));
    observeFound(run, "stolen-key.found", stage, thief, tried, "");

    Map<Hash, Instant> reported = new HashMap<>();
    int let = 0;
    List<Forgery> presented = made.neverIssued(REPORT);
    for (Forgery forgery : presented) {
      if (present(services.reporting(), forgery, Optional.empty(), reported)
              instanceof Verified verified
          && verified.proof() instanceof IssuanceProof.ReportedOnly) {
        let++;
      }
    }
    observeFound(
        run,
        "stolen-key.reported",
        stage,
        thief,
        let == presented.size() ? reported : Map.of(),
        "%d of %d accepted, only reported; ".formatted(let, presented.size()));

    run.act(4, "and everybody else");
    stage.awaitTokens(TOKENS_AFTER, Await.PATIENCE);
    List<Acknowledged> all = stage.traffic().acknowledged();
    List<Acknowledged> shown = new ArrayList<>(honest);
    shown.addAll(all.subList(all.size() - TOKENS_AFTER, all.size()));
    observeHonest(run, "stolen-key.honest-after", services, shown);
    Set<Hash> ours = new HashSet<>();
    shown.forEach(token -> ours.add(token.digest()));
    int about = stage.desk().about(ours).size();
    run.observe(
        "stolen-key.no-false-alarm",
        about == 0,
        "%d of %d honest tokens have a finding".formatted(about, ours.size()),
        Map.of("honest", ours.size(), "findings", about));
  }

  /** Waits until the service was sent the leaf, and the log is past its place. */
  private static Forgery plant(
      LogStage stage, Services services, PerfectForgeries made, Acknowledged last)
      throws GeneralSecurityException, IOException, InterruptedException {
    long position = stage.traffic().acknowledged().getLast().id().position() + PLANTED_AHEAD;
    Forgery planted = made.planted(position);
    services.between().plant(last.id().log(), position, planted.digest());
    stage.awaitTokens(2 * PLANTED_AHEAD, Await.PATIENCE);
    Await.require("a planted leaf", services.between()::isSent);
    return planted;
  }

  /** What a service may say, besides, of a token that is perfect. */
  private static Set<RefusalCode> unshown(String mode) {
    return switch (mode) {
      case ONLINE -> Set.of(RefusalCode.PROOF_UNAVAILABLE);
      case STAPLED -> Set.of(RefusalCode.PROOF_MISMATCH);
      default -> Set.of();
    };
  }

  /** A service that gets no tile of the token log, and asks for the proof of each token. */
  private static ReadSide withoutTiles(ReadSide network) {
    return (uri, bytesMax) -> {
      if (uri.getPath().contains("/tile/") && !uri.getPath().contains("/logs/keys/")) {
        throw new FileNotFoundException("status 404");
      }
      return network.get(uri, bytesMax);
    };
  }

  /** What the thief sends with a token. */
  private static Optional<String> stapled(
      Services services, String mode, Forgery forgery, List<Acknowledged> honest)
      throws IOException, InterruptedException {
    return mode.equals(STAPLED)
        ? Optional.of(services.staples().bestFor(forgery.token(), honest.getLast()))
        : Optional.empty();
  }

  private static Verification present(
      Verifier service, Forgery forgery, Optional<String> proof, Map<Hash, Instant> tried) {
    if (forgery.isSignedForAll()) {
      tried.put(forgery.digest(), Instant.now());
    }
    RequestContext context = context(forgery);
    return service.verify(
        forgery.token(), SERVICE, proof.map(context::withStapledProof).orElse(context));
  }

  private static RequestContext context(Forgery forgery) {
    RequestContext context = RequestContext.of("GET", INBOX, "192.0.2.66");
    try {
      return forgery.boundTo().isPresent()
          ? context.withDpop(forgery.boundTo().get().proof("GET", INBOX, forgery.token()))
          : context;
    } catch (JOSEException e) {
      throw new IllegalStateException("the thief cannot make a proof", e);
    }
  }

  private static void observeHonest(
      DrillRun run, String expected, Services services, List<Acknowledged> tokens)
      throws IOException, InterruptedException {
    Map<String, Object> accepted = new LinkedHashMap<>();
    boolean all = true;
    for (Map.Entry<String, Verifier> service : services.all().entrySet()) {
      int let = 0;
      for (Acknowledged token : tokens) {
        if (isLetIn(service, token, services.staples())) {
          let++;
        }
      }
      accepted.put(service.getKey(), let);
      all &= let == tokens.size();
    }
    run.observe(expected, all, "of " + tokens.size() + " tokens accepted: " + accepted, accepted);
  }

  private static boolean isLetIn(
      Map.Entry<String, Verifier> service, Acknowledged token, Staples staples)
      throws IOException, InterruptedException {
    RequestContext context = RequestContext.of("GET", INBOX, "192.0.2.7");
    if (service.getKey().equals(STAPLED)) {
      context = context.withStapledProof(staples.of(token));
    }
    return service.getValue().verify(token.token(), SERVICE, context) instanceof Verified;
  }

  /** That they are as good as tokens can be without having been issued: else nothing is proved. */
  private static void observePerfect(DrillRun run, Verifier lenient, List<Forgery> forgeries) {
    int let = 0;
    int wanted = 0;
    for (Forgery forgery : forgeries) {
      if (forgery.isPerfect()) {
        wanted++;
        if (lenient.verify(forgery.token(), SERVICE, context(forgery)) instanceof Verified) {
          let++;
        }
      }
    }
    run.observe(
        "stolen-key.signatures-are-perfect",
        let == wanted && wanted > 0,
        "%d of %d forgeries pass a check of everything except issuance".formatted(let, wanted));
  }

  private void observeFound(
      DrillRun run,
      String expected,
      LogStage stage,
      Forger thief,
      Map<Hash, Instant> tried,
      String before)
      throws IOException, InterruptedException {
    Duration patience = foundWithin.compareTo(Await.PATIENCE) > 0 ? foundWithin : Await.PATIENCE;
    Map<Hash, SeenFinding> found = stage.desk().await(tried.keySet(), patience);
    boolean named = found.values().stream().allMatch(one -> one.kid().equals(thief.kid()));
    Duration slowest =
        MonitorDesk.slowest(found, digest -> tried.getOrDefault(digest, Instant.MIN));
    run.observe(
        expected,
        !tried.isEmpty()
            && found.size() == tried.size()
            && named
            && slowest.compareTo(foundWithin) <= 0,
        before
            + "%d of %d found, the slowest after %d ms"
                .formatted(found.size(), tried.size(), slowest.toMillis()),
        Map.of("found", found.size(), "slowest_ms", slowest.toMillis()));
  }
}
