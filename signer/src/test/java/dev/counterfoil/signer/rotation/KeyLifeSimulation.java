package dev.counterfoil.signer.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.registrar.KeyWorld;
import dev.counterfoil.signer.PlantedFault;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Years of rotation from a seed, under a virtual clock: signers that die, a registrar that is away,
 * clocks that differ and are set, an operator who pauses, taints, reconfigures and forgets the root
 * ceremony, a signer that runs with another configuration than its registrar. What decides is the
 * product's own: keeper, decisions, registrar, key log, max-age.
 *
 * <p>Thousands of services hold copies of the JWKS, and every one that could be held is among them:
 * services differ in nothing but when they fetched, so of those that fetched between two changes
 * the last keeps its copy longest, and one is taken right before and right after each step. So is
 * every view of the key log up to the longest lag. Each honest token is shown to all of them, at
 * its issuing and later in its life.
 *
 * <p>Its own judges are held against {@link PlantedFault}s, each of which must be found.
 */
public final class KeyLifeSimulation {
  private static final Instant START = TestKeys.T0;

  /** Clocks are at most so far from the true time. */
  private static final int CLOCK_OFF_MAX = 30;

  private static final int SELDOM = 4000;
  private static final int OFTEN = 400;

  private static final Duration VIEW_LAG_MAX = Duration.ofMinutes(5);

  private static final List<String> CONFIGURATIONS =
      List.of(
          "usage-period: 24h",
          "usage-period: 12h\npropagation-window: 30m",
          "usage-period: 24h\nlife-max: 1h",
          "usage-period: 48h\nusage-reserve: 48h",
          "usage-period: 24h\npurposes: [{name: access}, {name: id, token-types: [JWT]}]",
          "usage-period: 24h\npurposes: [{name: access, usage-period: 36h}, {name: events, token-types: [secevent+jwt], delivery-window: 2d}]",
          "usage-period: 8h\npurposes: [{name: access, tenants: [acme]}]");

  /** These are refused at the start, and nothing of them ever takes effect. */
  private static final List<String> REFUSED =
      List.of(
          "usage-period: 12h\npropagation-window: 7h",
          "usage-period: 14d",
          "usage-period: 24h\nusage-reserve: 1h",
          "purposes: [{name: a}, {name: b}]");

  private final SplittableRandom random;
  private final Optional<PlantedFault> planted;

  /** One step of so many takes a key back; four each pause, two reconfigure. */
  private final int stepsOfAnOperator;

  private final KeyWorld world;
  private Instant now = START;
  private int signerOff;
  private int registrarOff;
  private Instant ceremonyAt = START.plus(Duration.ofDays(25));
  private Instant delegatedUntil = START.plus(Duration.ofDays(30));
  private Instant awayUntil = START;
  private Instant mixedUntil = START;
  private @Nullable KeySet published;
  private String configuration = CONFIGURATIONS.getFirst();

  /** Since when nothing kept the signer from having what it needs. */
  private Instant undisturbedSince = START;

  private final Deque<Copy> copies = new ArrayDeque<>();
  private final Deque<View> views = new ArrayDeque<>();
  private final List<Token> tokens = new ArrayList<>();
  private final Map<String, Instant> takenBack = new HashMap<>();
  private final Map<String, Instant> firstUse = new HashMap<>();
  private final Counts counts = new Counts();

  /** A service's copy of the JWKS. */
  private record Copy(Instant until, Set<String> kids) {}

  /** The key log as some service knew it at a time. */
  private record View(Instant at, KeySet set) {}

  private record Token(
      String kid, String type, String tenant, Instant issuedAt, Instant expiresAt, Instant truly) {}

  /** What happened, for people. */
  public static final class Counts {
    public long steps;
    public long tokens;
    public long shown;
    public long forged;
    public int keys;
    int crashes;
    public int taints;
    public int pauses;
    int configurations;
    public int mixed;
    public int forgottenCeremonies;

    @Override
    public String toString() {
      return steps
          + " steps, "
          + tokens
          + " tokens shown "
          + shown
          + " times, "
          + forged
          + " forged ones, "
          + keys
          + " keys, "
          + crashes
          + " crashes, "
          + taints
          + " taints, "
          + pauses
          + " pauses, "
          + configurations
          + " configurations, of which "
          + mixed
          + " reached signer and registrar at two times, "
          + forgottenCeremonies
          + " forgotten ceremonies";
    }
  }

  private KeyLifeSimulation(
      long seed, Optional<PlantedFault> planted, int stepsOfAnOperator, Path folder)
      throws Exception {
    this.stepsOfAnOperator = stepsOfAnOperator;
    this.random = new SplittableRandom(seed);
    this.planted = planted;
    this.world = new KeyWorld(folder, START, configuration);
    world.keys.neverDestroys = planted.equals(Optional.of(PlantedFault.PRIVATE_HALVES_STAY));
  }

  public static Counts run(long seed, Duration time, Path folder) throws Exception {
    return run(seed, Optional.empty(), SELDOM, time, folder);
  }

  /** The same with an operator who takes keys back, pauses and reconfigures all the time. */
  public static Counts runRestlessly(long seed, Duration time, Path folder) throws Exception {
    return run(seed, Optional.empty(), OFTEN, time, folder);
  }

  /** The same with a fault in it. */
  public static Counts run(long seed, Optional<PlantedFault> planted, Duration time, Path folder)
      throws Exception {
    boolean often = planted.equals(Optional.of(PlantedFault.TAINTS_ARE_NOT_HEARD));
    return run(seed, planted, often ? OFTEN : SELDOM, time, folder);
  }

  private static Counts run(
      long seed, Optional<PlantedFault> planted, int stepsOfAnOperator, Duration time, Path folder)
      throws Exception {
    KeyLifeSimulation simulation = new KeyLifeSimulation(seed, planted, stepsOfAnOperator, folder);
    try {
      while (simulation.now.isBefore(START.plus(time))) {
        try {
          simulation.step();
        } catch (AssertionError | Exception e) {
          throw new AssertionError(
              "seed " + seed + ", " + simulation.now + ", " + simulation.counts, e);
        }
      }
    } finally {
      simulation.world.close();
    }
    return simulation.counts;
  }

  private void step() throws Exception {
    counts.steps++;
    now = now.plusSeconds(random.nextInt(4) == 0 ? random.nextInt(1, 30) : random.nextInt(1, 900));
    if (random.nextInt(200) == 0) {
      signerOff = random.nextInt(-CLOCK_OFF_MAX, CLOCK_OFF_MAX + 1);
      registrarOff = random.nextInt(-CLOCK_OFF_MAX, CLOCK_OFF_MAX + 1);
    }
    world.signersNow = now.plusSeconds(signerOff).plusMillis(random.nextInt(1000));
    world.registrarsNow = now.plusSeconds(registrarOff).plusMillis(random.nextInt(1000));
    if (published != null) {
      takeCopy(published);
    }
    rootCeremony();
    registrarComesAndGoes();
    operator();
    signer();
    if (!world.registrarIsAway) {
      world.registrar.withdrawEnded();
      if (isPlanted(PlantedFault.WITHDRAWN_AT_RETIREMENT)) {
        world.keySet().retiredKeys().forEach(key -> world.answer(Commands.withdrawKey(key.kid())));
      }
    }
    KeySet set = world.keySet();
    published = set;
    takeCopy(set);
    takeView(set);
    issue(set);
    show();
    forge(set);
    checkKeys(set);
  }

  private boolean delegationHolds() {
    // By every clock.
    return now.plusSeconds(2L * CLOCK_OFF_MAX).isBefore(delegatedUntil);
  }

  private void rootCeremony() throws Exception {
    if (now.isBefore(ceremonyAt)) {
      return;
    }
    if (now.isBefore(delegatedUntil) && random.nextInt(8) == 0) {
      // Forgotten: somebody notices when nothing works any more.
      counts.forgottenCeremonies++;
      ceremonyAt = delegatedUntil.plus(Duration.ofHours(random.nextInt(1, 60)));
      return;
    }
    world.delegate();
    delegatedUntil = world.registrarsNow.plus(Duration.ofDays(30));
    ceremonyAt = now.plus(Duration.ofDays(random.nextInt(20, 29)));
  }

  private void registrarComesAndGoes() {
    if (!world.registrarIsAway && random.nextInt(1500) == 0) {
      awayUntil = now.plusSeconds(random.nextInt(60, 86_400));
    }
    world.registrarIsAway = now.isBefore(awayUntil);
    if (world.registrarIsAway || !delegationHolds()) {
      undisturbedSince = now;
    }
  }

  private void operator() throws Exception {
    if (world.isMixed()) {
      undisturbedSince = now;
      if (!now.isBefore(mixedUntil)) {
        world.signerFollows();
      }
      return;
    }
    if (isRotationStuck()) {
      return;
    }
    int what = random.nextInt(stepsOfAnOperator);
    if (what == 0) {
      taint();
    } else if (what <= 4) {
      Instant until = now.plusSeconds(random.nextInt(600, 200_000));
      if (world.keeper.pause(until, "operator", world.signersNow) instanceof Answer.Done) {
        counts.pauses++;
      }
    } else if (what <= 6) {
      assertThat(world.isRefused(REFUSED.get(random.nextInt(REFUSED.size())))).isTrue();
      configuration = CONFIGURATIONS.get(random.nextInt(CONFIGURATIONS.size()));
      undisturbedSince = now;
      counts.configurations++;
      if (random.nextBoolean()) {
        world.reconfigure(configuration);
      } else {
        counts.mixed++;
        mixedUntil = now.plusSeconds(random.nextInt(60, 40_000));
        world.reconfigureRegistrar(configuration);
      }
    }
  }

  private void taint() {
    List<TokenKey> keys = world.keeper.ring().keys();
    if (keys.isEmpty() || world.registrarIsAway) {
      return;
    }
    String kid = keys.get(random.nextInt(keys.size())).kid();
    boolean taint = random.nextBoolean();
    Answer answer = world.answer(taint ? Commands.taintKey(kid) : Commands.withdrawKey(kid));
    if (answer instanceof Answer.Done) {
      counts.taints++;
      takenBack.putIfAbsent(kid, now);
      undisturbedSince = now;
      // Who knows keys from a JWKS alone learns of the replacement when his copy ends: an
      // emergency is one.
      copies.clear();
    }
  }

  private void signer() throws Exception {
    if (isRotationStuck()) {
      return;
    }
    world.diesIn = random.nextInt(20) == 0 ? random.nextInt(1, 12) : -1;
    for (boolean done = false; !done; ) {
      try {
        world.keeper.step(world.signersNow);
        // What is due within a step of the real process, which looks every second.
        world.keeper.step(world.signersNow.plusMillis(1));
        done = true;
      } catch (KeyWorld.Died e) {
        counts.crashes++;
        world.startSigner();
      }
    }
    world.diesIn = -1;
  }

  /** A service fetches the JWKS. */
  private void takeCopy(KeySet set) {
    Instant publishersNow = now.plusSeconds(random.nextInt(-CLOCK_OFF_MAX, CLOCK_OFF_MAX + 1));
    Set<String> retired = new HashSet<>();
    set.retiredKeys().forEach(key -> retired.add(key.kid()));
    Set<String> kids = new HashSet<>();
    for (KeyStatement key : set.keys()) {
      boolean listed = publishersNow.isBefore(key.verifyUntil());
      if (isPlanted(PlantedFault.LISTS_ONLY_WHAT_SIGNS)) {
        listed &= !publishersNow.isBefore(key.activeFrom());
      }
      if (isPlanted(PlantedFault.DROPS_A_KEY_AT_RETIREMENT)) {
        listed &= !retired.contains(key.kid());
      }
      if (listed) {
        kids.add(key.kid());
      }
    }
    Duration maxAge = JwksMaxAge.of(set, publishersNow);
    if (isPlanted(PlantedFault.COPIES_LIVE_TOO_LONG)) {
      maxAge = maxAge.multipliedBy(3);
    }
    copies.removeIf(copy -> !now.isBefore(copy.until));
    copies.addLast(new Copy(now.plus(maxAge), kids));
  }

  private void takeView(KeySet set) {
    while (!views.isEmpty() && views.getFirst().at.isBefore(now.minus(VIEW_LAG_MAX))) {
      views.removeFirst();
    }
    if (views.isEmpty() || views.getLast().set.version() != set.version()) {
      views.addLast(new View(now, set));
    }
  }

  private boolean isPlanted(PlantedFault fault) {
    return planted.equals(Optional.of(fault));
  }

  private static IssueRequest request(String type, String tenant, int lifeSeconds) {
    return new IssueRequest(
        type,
        tenant,
        "s",
        "c",
        List.of("mail"),
        "",
        lifeSeconds,
        null,
        null,
        new IssueRequest.Ground("g", ""),
        "",
        0);
  }

  private void issue(KeySet set) {
    for (Purpose purpose : world.configured.all()) {
      String type = purpose.tokenTypes().names().iterator().next();
      IssueRequest request =
          request(type, "acme", random.nextInt(1, (int) purpose.lifeMax().toSeconds() + 1));
      Optional<TokenKey> active = active(purpose, request);
      for (Ring ring : purpose.rings()) {
        if (!isRotationStuck()) {
          mustBeActive(purpose, ring);
        }
      }
      if (active.isEmpty() || purpose.violation(request).isPresent()) {
        continue;
      }
      KeyStatement key = active.get().statement();
      Instant issuedAt = Instant.ofEpochSecond(world.signersNow.getEpochSecond());
      Instant expiresAt = issuedAt.plusSeconds(request.lifeSeconds());
      if (!isRotationStuck()
          && key.violation(type, key.issuer(), "acme", List.of("mail"), false, issuedAt, expiresAt)
              .isPresent()) {
        continue;
      }
      assertThat(set.key(key.kid()).or(() -> statementOfTakenBack(set, key.kid())))
          .as("nothing is signed with a key that does not stand in the key log")
          .isPresent();
      Instant first = firstUse.computeIfAbsent(key.kid(), kid -> issuedAt);
      counts.keys = firstUse.size();
      assertThat(Duration.between(first, issuedAt))
          .as("no key signs past its ceiling")
          .isLessThan(KeyCeiling.SHARED.age());
      Token token = new Token(key.kid(), type, "acme", issuedAt, expiresAt, now);
      counts.tokens++;
      tokens.add(token);
      show(token);
    }
  }

  /** The key that signs. */
  private Optional<TokenKey> active(Purpose purpose, IssueRequest request) {
    if (isRotationStuck() || isPlanted(PlantedFault.SIGNS_BEFORE_IT_IS_STATED)) {
      return world.keeper.ring().keys().stream()
          .filter(key -> purpose.rings().contains(key.ring()))
          .reduce((older, newer) -> newer);
    }
    return world.keeper.ring().active(purpose, request, world.signersNow);
  }

  private boolean isRotationStuck() {
    return (isPlanted(PlantedFault.SIGNS_PAST_ITS_END)
            || isPlanted(PlantedFault.NOBODY_ASKS_FOR_THE_AGE))
        && now.isAfter(START.plus(Duration.ofDays(2)));
  }

  private static Optional<KeyStatement> statementOfTakenBack(KeySet set, String kid) {
    return set.withdrawnStatements().stream().filter(key -> key.kid().equals(kid)).findFirst();
  }

  /** A ring has an active key, unless something kept the signer from it that nobody could mend. */
  private void mustBeActive(Purpose purpose, Ring ring) {
    Duration needed = purpose.schedule().propagation().multipliedBy(2).plus(Duration.ofHours(1));
    if (now.isAfter(undisturbedSince.plus(needed))) {
      assertThat(world.keeper.ring().activeAt(ring, world.signersNow))
          .as(
              "a key of %s, undisturbed since %s: %s",
              ring, undisturbedSince, world.keeper.obstacle())
          .isPresent();
    }
  }

  /** Shows honest tokens of before to everybody again. */
  private void show() {
    Iterator<Token> iterator = tokens.iterator();
    while (iterator.hasNext()) {
      Token token = iterator.next();
      if (!now.plusSeconds(2L * CLOCK_OFF_MAX).isBefore(token.expiresAt)) {
        iterator.remove();
      } else if (random.nextInt(8) == 0) {
        show(token);
      }
    }
  }

  private void show(Token token) {
    boolean valid = delegationHolds() && !takenBack.containsKey(token.kid);
    if (!valid || isPlanted(PlantedFault.NOBODY_ASKS_FOR_THE_AGE)) {
      return;
    }
    for (Copy copy : copies) {
      if (now.isBefore(copy.until)) {
        counts.shown++;
        assertThat(copy.kids)
            .as("a copy of the JWKS until %s knows the key of %s", copy.until, token)
            .contains(token.kid);
      }
    }
    KeySet newest = views.getLast().set;
    assertThat(refusal(newest, token)).as("%s", token).isEmpty();
    for (View view : views) {
      counts.shown++;
      // A key that is not known is looked for at once.
      if (view.set.key(token.kid).isPresent()) {
        assertThat(refusal(view.set, token)).as("%s, by the view of %s", token, view.at).isEmpty();
      }
    }
  }

  /** What a verifier says, by the key log and the token alone. */
  private Optional<String> refusal(KeySet set, Token token) {
    Optional<KeyStatement> key = set.key(token.kid);
    if (key.isEmpty()) {
      return Optional.of("no such key");
    }
    if (set.delegation(token.issuedAt)
        .filter(standing -> KeyCeiling.isPassed(key.get(), standing, token.issuedAt))
        .isPresent()) {
      return Optional.of("too old");
    }
    boolean tainted =
        !isPlanted(PlantedFault.TAINTS_ARE_NOT_HEARD)
            && set.taintedKeys().stream()
                .anyMatch(k -> k.kid().equals(token.kid) && !token.issuedAt.isBefore(k.from()));
    boolean retired =
        set.retiredKeys().stream()
            .anyMatch(k -> k.kid().equals(token.kid) && token.issuedAt.isAfter(k.at()));
    if (tainted || retired) {
      return Optional.of(tainted ? "tainted" : "retired");
    }
    return key.get()
        .violation(
            token.type,
            key.get().issuer(),
            token.tenant,
            List.of("mail"),
            false,
            token.issuedAt,
            token.expiresAt)
        .map(Enum::name);
  }

  /** Nothing that somebody makes of an honest token with its key's private half is accepted. */
  private void forge(KeySet set) {
    // Who stole a key uses it at once.
    Optional<Token> stolen =
        tokens.stream().filter(token -> takenBack.containsKey(token.kid)).findFirst();
    if (tokens.isEmpty() || (stolen.isEmpty() && random.nextInt(10) != 0)) {
      return;
    }
    Token honest = stolen.orElseGet(() -> tokens.get(random.nextInt(tokens.size())));
    Optional<KeyStatement> stated = set.key(honest.kid);
    if (stated.isEmpty()) {
      assertThat(refusal(set, honest)).isPresent();
      return;
    }
    KeyStatement key = stated.get();
    List<Token> forged = new ArrayList<>();
    forged.add(like(honest, "other+jwt", honest.tenant, honest.issuedAt, honest.expiresAt));
    forged.add(like(honest, honest.type, "other", honest.issuedAt, honest.expiresAt));
    forged.add(dated(honest, key.activeFrom().minusSeconds(1)));
    forged.add(dated(honest, key.activeUntil()));
    forged.add(
        like(
            honest,
            honest.type,
            honest.tenant,
            honest.issuedAt,
            honest.issuedAt.plus(key.lifeMax()).plusSeconds(1)));
    set.retiredKeys().stream()
        .filter(k -> k.kid().equals(honest.kid))
        .forEach(k -> forged.add(dated(honest, k.at().plusSeconds(1))));
    set.taintedKeys().stream()
        .filter(k -> k.kid().equals(honest.kid))
        .forEach(k -> forged.add(dated(honest, k.from())));
    for (Token token : forged) {
      counts.forged++;
      assertThat(refusal(set, token)).as("a forged %s", token).isPresent();
    }
  }

  private static Token dated(Token like, Instant at) {
    return like(like, like.type, like.tenant, at, at.plusSeconds(1));
  }

  private static Token like(
      Token honest, String type, String tenant, Instant issuedAt, Instant expiresAt) {
    return new Token(honest.kid, type, tenant, issuedAt, expiresAt, honest.truly);
  }

  /** Every state is a legal one. */
  private void checkKeys(KeySet set) {
    for (KeyStatement key : set.keys()) {
      assertThat(Duration.between(key.activeFrom(), key.activeUntil()))
          .isLessThanOrEqualTo(KeyCeiling.SHARED.age());
    }
    Set<String> retired = new HashSet<>();
    set.retiredKeys().forEach(key -> retired.add(key.kid()));
    for (TokenKey held : world.keeper.ring().keys()) {
      assertThat(retired)
          .as("a retired key's private half is destroyed")
          .doesNotContain(held.kid());
    }
    assertThat(world.keys.pairs)
        .as("private halves are few")
        .hasSizeLessThanOrEqualTo(8 * world.configured.all().size() + 8);
    if (isPlanted(PlantedFault.NOBODY_ASKS_FOR_THE_AGE)) {
      return;
    }
    set.withdrawals().stream()
        .filter(key -> key.reason() == WithdrawalReason.ENDED)
        .forEach(
            key ->
                assertThat(tokens)
                    .as("a key is withdrawn when its tokens have ended")
                    .noneMatch(token -> token.kid.equals(key.kid())));
  }
}
