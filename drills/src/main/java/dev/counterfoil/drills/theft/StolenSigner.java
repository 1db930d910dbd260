package dev.counterfoil.drills.theft;

import dev.counterfoil.drills.ProcessorTimes;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.theft.VerifierCrowd.Member;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.operations.census.Census;
import dev.counterfoil.operations.census.Census.One;
import dev.counterfoil.operations.census.Census.Standing;
import dev.counterfoil.operations.census.Census.Taken;
import dev.counterfoil.operations.containment.Containment;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.Verified;
import java.io.IOException;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A signer's resident key is stolen while many services verify its tokens: one command contains it,
 * every service that can be reached refuses within moments, those that cannot are named, and honest
 * users notice nothing.
 */
public final class StolenSigner extends Drill {
  private static final int TOKENS_BEFORE = 60;
  private static final int TOKENS_AFTER = 20;
  private static final Expectations SERVICE =
      Expectations.audience(LogStage.AUDIENCE)
          .accessToken()
          .tenant(LogStage.TENANT)
          .bearerAllowed();

  private final int services;
  private final int cutOff;
  private final int spares;
  private Optional<Figures> figures = Optional.empty();

  /**
   * What was measured.
   *
   * @param publishedMs from the command to the registrar's word that the revocation is published
   * @param enforcedMs from the command to each connected service's refusing, sorted
   * @param honestChecks how often honest tokens were verified meanwhile
   * @param honestRefusals how often one was refused
   * @param withoutTokens how long the issuer issued nothing, at the longest
   * @param failedRequests how many requests for a token brought none
   * @param processorTimes by process, from the command to the last service's refusing
   * @param requests how often all services asked the issuer for something meanwhile
   */
  public record Figures(
      long publishedMs,
      List<Long> enforcedMs,
      int honestChecks,
      int honestRefusals,
      Duration withoutTokens,
      long failedRequests,
      Map<String, Duration> processorTimes,
      long requests) {
    public Figures {
      enforcedMs = List.copyOf(enforcedMs);
      processorTimes = Map.copyOf(processorTimes);
    }

    /** A percentile of the times. */
    public long enforcedMs(int percent) {
      return enforcedMs.get(Math.min(enforcedMs.size() - 1, enforcedMs.size() * percent / 100));
    }
  }

  /** The drill as an operator sees it: fifty services, three of them cut off. */
  public StolenSigner() {
    this(50, 3, 0);
  }

  /** The same with so many services, and so many warm spares beside the signer. */
  public StolenSigner(int services, int cutOff, int spares) {
    super("compromise");
    this.services = services;
    this.cutOff = cutOff;
    this.spares = spares;
  }

  /** What was measured; empty before it ran. */
  public Optional<Figures> figures() {
    return figures;
  }

  @Override
  public String purpose() {
    return super.purpose().formatted(services);
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    LogStage stage = LogStage.withThief(run, spares);
    VerifierCrowd crowd =
        run.open(
            new VerifierCrowd(
                stage.policy(), new DemoService(stage.context()), services, run.clock()));
    Forger thief = new Forger(StolenPrivateKeys.stolen(run.folder()));
    run.act(1, "as always, and a thief");
    stage.awaitTokens(TOKENS_BEFORE, Await.PATIENCE);
    Await.require(
        "the keys at every service", () -> crowd.members().stream().allMatch(Member::isReady));
    Acknowledged honest = stage.traffic().acknowledged().getLast();
    long let = count(crowd.members(), honest.token(), Verified.class);
    run.observe(
        "compromise.honest-before",
        let == services,
        "%d of %d services accept it".formatted(let, services));
    String forged = forge(thief, honest, 1_000_000);
    long stopped = count(crowd.members(), forged, Refused.class);
    run.observe(
        "compromise.forged-refused",
        stopped == services,
        "%d of %d refuse it".formatted(stopped, services));
    Census census = Census.of(stage.context());
    Await.require(
        "an acknowledgement of every service",
        () -> census.take(said -> true).count(Standing.HOLDS) >= services);

    run.act(2, "one command");
    List<Member> lost = crowd.members().subList(0, cutOff);
    lost.forEach(Member::cutOff);
    run.says("%d services are cut off from everything".formatted(cutOff));
    Containment containment = new Containment(stage.context());
    OperatorClient operators = new OperatorClient(stage.context());
    Honest users = new Honest(crowd, honest.token());
    Contained contained;
    long published;
    List<Long> enforced = new ArrayList<>();
    long refusedBefore = stage.traffic().refusals();
    Instant commanded = run.now();
    Map<String, Duration> used;
    long asked;
    ProcessorTimes usedBefore = ProcessorTimes.read();
    long askedBefore = crowd.requests();
    long began = System.nanoTime();
    try (users) {
      contained = containment.replaceSigner(Optional::empty, commanded);
      published = (System.nanoTime() - began) / 1_000_000;
      Await.comes(
          () ->
              crowd.connected().stream()
                  .allMatch(member -> member.heldSince(contained.keyLogSize()) != null));
      used = ProcessorTimes.read().since(usedBefore);
      asked = crowd.requests() - askedBefore;
      for (Member member : crowd.connected()) {
        Long at = member.heldSince(contained.keyLogSize());
        enforced.add(at == null ? Long.MAX_VALUE : (at - began) / 1_000_000);
      }
      stage.traffic().awaitOtherLog(contained.log(), Await.PATIENCE);
      // Until it is there again: a signer that comes back must take nothing from a spare.
      Await.require(
          "the replaced signer's next log", () -> hasAnotherLog(operators, contained.log()));
    }
    Collections.sort(enforced);
    String late = forge(thief, honest, contained.size());
    long byKey =
        crowd.connected().stream()
            .filter(
                member ->
                    member.verify(late, SERVICE) instanceof Refused refused
                        && refused.code() == RefusalCode.KEY_REVOKED)
            .count();
    run.observe(
        "compromise.all-connected-refuse-the-key",
        byKey == services - cutOff,
        "%d of %d; the last one %s after the command"
            .formatted(
                byKey,
                services - cutOff,
                enforced.getLast() == Long.MAX_VALUE
                    ? "not within " + Await.PATIENCE.toSeconds() + " s"
                    : enforced.getLast() + " ms"),
        Map.of("last_ms", enforced.getLast()));
    Taken taken = filled(census, contained);
    List<String> named =
        taken.at(Standing.NOT_YET).stream().map(One::name).map(StolenSigner::instance).toList();
    List<String> expected = lost.stream().map(Member::name).sorted().toList();
    run.observe(
        "compromise.cut-off-named",
        named.equals(expected),
        "refusing %d, not yet %s, silent %d, unknown %d"
            .formatted(
                taken.count(Standing.HOLDS),
                named,
                taken.count(Standing.SILENT),
                taken.count(Standing.UNKNOWN)));
    boolean flows = stage.traffic().awaitMore(TOKENS_AFTER, Await.PATIENCE);
    figures =
        Optional.of(
            new Figures(
                published,
                enforced,
                users.checks.get(),
                users.refusals.get(),
                longestGap(stage.traffic().acknowledged(), commanded),
                stage.traffic().refusals() - refusedBefore,
                used,
                asked));
    run.observe(
        "compromise.honest-undisturbed",
        flows && users.refusals.get() == 0 && users.checks.get() > 0,
        ("%d checks of honest tokens meanwhile, %d refused; no new token for %d ms, %d"
                + " failed requests")
            .formatted(
                users.checks.get(),
                users.refusals.get(),
                figures.get().withoutTokens().toMillis(),
                figures.get().failedRequests()));

    run.act(3, "once more");
    KeySet keys = stage.keySet();
    Contained second =
        containment.contain(
            Optional.empty(), Optional.of(keys), () -> Optional.of(keys), run.now());
    run.observe(
        "compromise.twice-changes-nothing",
        !second.changed()
            && second.log().equals(contained.log())
            && second.size() == contained.size(),
        "log " + second.log() + ", changed " + second.changed());

    run.act(4, "a decoy");
    boolean found = decoyIsFound(stage, crowd, keys, operators, honest);
    run.observe(
        "compromise.canary",
        found,
        "a service refused a token that is signed with the decoy, and reported it: "
            + (found ? "yes" : "no"));
  }

  /** Plants a decoy, lets the thief use it, and waits for the finding. */
  private boolean decoyIsFound(
      LogStage stage,
      VerifierCrowd crowd,
      KeySet keys,
      OperatorClient operators,
      Acknowledged honest)
      throws Exception {
    KeyPair decoy = StolenPrivateKeys.newKey();
    PublicJwk key = PublicJwk.es256((ECPublicKey) decoy.getPublic());
    String log = stage.traffic().acknowledged().getLast().id().log();
    KeyStatement model =
        keys.keys().stream()
            .filter(one -> one.log().equals(Optional.of(log)))
            .findFirst()
            .orElseThrow(() -> new IOException("no key of log " + log + " is stated"));
    new MonitorAdmin(stage.data().monitor().resolve("admin.sock"))
        .watchCanary(LogStage.DOMAIN, key.thumbprint(), "drill");
    operators.stateWithdrawn(
        model.toBuilder()
            .jwk(key)
            .active(
                model.activeFrom().plus(Duration.ofHours(1)),
                model.activeUntil().plus(Duration.ofHours(1)))
            .verifyUntil(model.verifyUntil().plus(Duration.ofHours(1)))
            .build());
    String used = forge(new Forger(decoy), honest, 0);
    Member service = crowd.connected().getLast();
    return Await.comes(
            () ->
                service.verify(used, SERVICE) instanceof Refused refused
                    && refused.code() == RefusalCode.KEY_WITHDRAWN)
        && Await.comes(
            () ->
                stage.desk().findings().stream()
                    .anyMatch(
                        finding ->
                            finding.kind().equals("canary-key-used")
                                && finding.kid().equals(key.thumbprint())));
  }

  private static String forge(Forger thief, Acknowledged honest, long position) throws Exception {
    return thief.copyOf(
        honest.token(),
        claims ->
            claims.put(
                "jti",
                honest.id().log()
                    + "."
                    + position
                    + "."
                    + Hash.sha256(new byte[] {(byte) position}).base64Url()));
  }

  private static long count(List<Member> members, String token, Class<?> outcome) {
    return members.stream()
        .filter(member -> outcome.isInstance(member.verify(token, SERVICE)))
        .count();
  }

  private Taken filled(Census census, Contained contained) throws Exception {
    Await.comes(
        () ->
            census
                    .take(said -> said.keyLog().size() >= contained.keyLogSize())
                    .count(Standing.NOT_YET)
                <= cutOff);
    return census.take(said -> said.keyLog().size() >= contained.keyLogSize());
  }

  private static String instance(String name) {
    return name.substring(name.indexOf('/') + 1);
  }

  /** Whether the signer is there, by its own word, with a log that is not the one that ended. */
  private static boolean hasAnotherLog(OperatorClient signer, String ended)
      throws FormatException, InterruptedException {
    try {
      return !signer.signerStatus().object("log").string("name").equals(ended);
    } catch (OperatorException e) {
      // Not yet.
      return false;
    }
  }

  /** The longest time without a token that was not over at an instant, or began later. */
  private static Duration longestGap(List<Acknowledged> tokens, Instant since) {
    List<Instant> times = tokens.stream().map(Acknowledged::at).sorted().toList();
    Duration longest = Duration.ZERO;
    for (int i = 1; i < times.size(); i++) {
      Duration gap = Duration.between(times.get(i - 1), times.get(i));
      boolean later = times.get(i).isAfter(since);
      longest = later && gap.compareTo(longest) > 0 ? gap : longest;
    }
    return longest;
  }

  /** Honest users, who present their token to one service after another. */
  private static final class Honest implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final AtomicInteger checks = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final Thread thread;
    private volatile boolean closing;

    Honest(VerifierCrowd crowd, String token) {
      thread =
          Thread.ofPlatform()
              .daemon()
              .name("honest")
              .start(
                  () -> {
                    try {
                      while (!closing) {
                        for (Member member : crowd.connected()) {
                          checks.incrementAndGet();
                          if (!(member.verify(token, SERVICE) instanceof Verified)) {
                            refusals.incrementAndGet();
                          }
                          Thread.sleep(PAUSE);
                        }
                      }
                    } catch (InterruptedException e) {
                      // The drill is over.
                      Thread.currentThread().interrupt();
                    }
                  });
    }

    @Override
    public void close() {
      closing = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
