package dev.counterfoil.drills.theft;

import com.nimbusds.jose.JOSEException;
import dev.counterfoil.drills.domain.FindingsWatch;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.log.Staples;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.log.TheftCustody;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.Expectation.Kind;
import dev.counterfoil.drills.run.Interruption;
import dev.counterfoil.drills.theft.PerfectForgeries.Forgery;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.HttpReadSide;
import dev.counterfoil.verifier.IssuanceProof;
import dev.counterfoil.verifier.ReadSide;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.SightingSink;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.StreamState;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A token key is stolen, and the thief signs perfect tokens with it, outside the signer: every way
 * of checking that promises to refuse what was never issued refuses them, each is found within
 * moments, and honest tokens go on.
 */
public final class StolenKey implements Drill {
  /** What is promised of a finding. */
  public static final Duration FOUND_WITHIN = Duration.ofSeconds(2);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
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

  private static final Expectation HONEST =
      new Expectation(
          "stolen-key.honest-before",
          1,
          Kind.HONEST,
          "every honest token is accepted, however its issuance is looked up");
  private static final Expectation PERFECT =
      new Expectation(
          "stolen-key.signatures-are-perfect",
          2,
          Kind.GETS_THROUGH,
          "a service that checks only signature, claims and times accepts the forgeries");
  private static final Expectation REFUSED =
      new Expectation(
          "stolen-key.refused",
          3,
          Kind.STOPPED,
          "every forgery is refused: by tiles and by the stream with the code of what"
              + " is wrong; by proofs, stapled or requested, at least because nothing proves"
              + " it");
  private static final Expectation FOUND =
      new Expectation(
          "stolen-key.found",
          3,
          Kind.DETECTED,
          "each forgery that the key visibly signed is a finding within 2 s, which names the key");
  private static final Expectation REPORTED =
      new Expectation(
          "stolen-key.reported",
          3,
          Kind.DETECTED,
          "a service that only reports accepts them and says so, and they are found nevertheless");
  private static final Expectation UNDISTURBED =
      new Expectation(
          "stolen-key.honest-after",
          4,
          Kind.HONEST,
          "every honest token, old and new, is accepted as before");
  private static final Expectation NO_FALSE_ALARM =
      new Expectation(
          "stolen-key.no-false-alarm", 4, Kind.HONEST, "no finding is about an honest token");

  private final Path parent;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Duration foundWithin;

  /** The drill as an operator sees it. */
  public StolenKey(Path parent, InstantSource clock, SecureRandom random) {
    this(parent, clock, random, FOUND_WITHIN);
  }

  /** The same on a machine that may be busy with other things. */
  StolenKey(Path parent, InstantSource clock, SecureRandom random, Duration foundWithin) {
    this.parent = parent;
    this.clock = clock;
    this.random = random;
    this.foundWithin = foundWithin;
  }

  @Override
  public String name() {
    return "stolen-key";
  }

  @Override
  public String purpose() {
    return "Perfect tokens are signed with a signer's real key, outside the signer. Each is"
        + " refused as never issued and is a finding within two seconds, and no honest token"
        + " is affected.";
  }

  @Override
  public List<Expectation> expectations() {
    return List.of(HONEST, PERFECT, REFUSED, FOUND, REPORTED, UNDISTURBED, NO_FALSE_ALARM);
  }

  @Override
  public void run(DrillRun run) throws Exception {
    try (DrillFolder folder = DrillFolder.make(parent, random);
        LogStage stage = LogStage.withThief(folder, clock, 0)) {
      Interruption.during(stage::close, folder, () -> play(run, folder, stage));
    }
  }

  private void play(DrillRun run, DrillFolder folder, LogStage stage) throws Exception {
    SightingSink sink = stage.desk().sink(stage.policy().issuer());
    ReadSide network = HttpReadSide.create(PATIENCE);
    PlantedLeaf between = new PlantedLeaf(network);
    try (Verifier tiles = service(stage, sink, network).build();
        Verifier stream = service(stage, sink, network).stream().build();
        Verifier deceived = service(stage, sink, between).stream().build();
        Verifier stapled = service(stage, sink, network).stapling(Stapling.REQUIRED).build();
        Verifier online = service(stage, sink, withoutTiles(network)).build();
        Verifier report =
            Verifier.builder(stage.policy()).clock(clock).reportedOnly(sink).build()) {
      Map<String, Verifier> refusing = new LinkedHashMap<>();
      refusing.put(TILES, tiles);
      refusing.put(STREAM, stream);
      refusing.put(PLANTED, deceived);
      refusing.put(STAPLED, stapled);
      refusing.put(ONLINE, online);
      Services services =
          new Services(refusing, report, new Staples(stage.policy().issuer(), network), between);
      for (Verifier service : services.all().values()) {
        LogStage.awaitReady(service);
      }
      awaitStream(stream);
      awaitStream(deceived);
      play(run, stage, services, new Forger(TheftCustody.stolen(folder.path())));
    }
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
    stage.awaitTokens(TOKENS_BEFORE, PATIENCE);
    List<Acknowledged> honest = stage.traffic().acknowledged();
    observeHonest(run, HONEST, services, honest);

    run.act(2, "a thief");
    run.says("the thief holds the key " + thief.kid() + " and a few honest tokens");
    PerfectForgeries made = new PerfectForgeries(thief, honest, clock);
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
        REFUSED.id(),
        wrong.isEmpty() && refused > 0,
        wrong.isEmpty() ? refused + " of " + refused + " are refused" : String.join("; ", wrong),
        Map.of("refused", refused, "wrong", wrong.size()));
    observeFound(run, FOUND, stage, thief, tried, "");

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
        REPORTED,
        stage,
        thief,
        let == presented.size() ? reported : Map.of(),
        "%d of %d accepted, only reported; ".formatted(let, presented.size()));

    run.act(4, "and everybody else");
    stage.awaitTokens(TOKENS_AFTER, PATIENCE);
    List<Acknowledged> all = stage.traffic().acknowledged();
    List<Acknowledged> shown = new ArrayList<>(honest);
    shown.addAll(all.subList(all.size() - TOKENS_AFTER, all.size()));
    observeHonest(run, UNDISTURBED, services, shown);
    Set<Hash> ours = new HashSet<>();
    shown.forEach(token -> ours.add(token.digest()));
    int about = FindingsWatch.about(stage.desk().findings(), ours).size();
    run.observe(
        NO_FALSE_ALARM.id(),
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
    long end = System.nanoTime() + PATIENCE.toNanos();
    stage.awaitTokens(2 * PLANTED_AHEAD, PATIENCE);
    while (!services.between().isSent()) {
      if (System.nanoTime() > end) {
        throw new IOException("no leaf could be planted");
      }
      Thread.sleep(LOOK_EVERY);
    }
    return planted;
  }

  private VerifierBuilder service(LogStage stage, SightingSink sink, ReadSide network) {
    return Verifier.builder(stage.policy()).clock(clock).sightings(sink).network(network);
  }

  /** Until the leaves of every log come: what is before in the log is in tiles. */
  private static void awaitStream(Verifier stream) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (stream.streams().isEmpty()
        || !stream.streams().stream().allMatch(StreamState::isRunning)) {
      if (System.nanoTime() > end) {
        throw new IOException("leaves do not come: " + stream.streams());
      }
      Thread.sleep(LOOK_EVERY);
    }
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
      DrillRun run, Expectation expected, Services services, List<Acknowledged> tokens)
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
    run.observe(
        expected.id(), all, "of " + tokens.size() + " tokens accepted: " + accepted, accepted);
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
        PERFECT.id(),
        let == wanted && wanted > 0,
        "%d of %d forgeries pass a check of everything except issuance".formatted(let, wanted));
  }

  private void observeFound(
      DrillRun run,
      Expectation expected,
      LogStage stage,
      Forger thief,
      Map<Hash, Instant> tried,
      String before)
      throws IOException, InterruptedException {
    Duration patience =
        foundWithin.compareTo(FindingsWatch.PATIENCE) > 0 ? foundWithin : FindingsWatch.PATIENCE;
    Map<Hash, SeenFinding> found = FindingsWatch.await(stage.desk(), tried.keySet(), patience);
    boolean named = found.values().stream().allMatch(one -> one.kid().equals(thief.kid()));
    Duration slowest = Duration.ZERO;
    for (Map.Entry<Hash, SeenFinding> one : found.entrySet()) {
      Instant at = tried.getOrDefault(one.getKey(), Instant.MIN);
      Duration took = Duration.between(at, one.getValue().raisedAt());
      slowest = took.compareTo(slowest) > 0 ? took : slowest;
    }
    run.observe(
        expected.id(),
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
