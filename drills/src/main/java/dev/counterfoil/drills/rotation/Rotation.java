package dev.counterfoil.drills.rotation;

import com.nimbusds.jose.util.Base64URL;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.rotation.VerifierPanel.Count;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.theft.Forger;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Keys follow each other hundreds of times faster than in earnest, under load, and nobody notices:
 * not our verifier, and not those that we did not write, with the caches that they have by default.
 */
public final class Rotation extends Drill {
  private static final Duration TELL_EVERY = Duration.ofSeconds(1);
  private static final Duration HASTY_ASK_EVERY = Duration.ofMillis(250);

  /** A verifier that fetches twice in 30 seconds has to need a third JWK set within them. */
  private static final Duration HASTY_MAX = Duration.ofSeconds(90);

  private final Optional<Path> strangers;
  private final RotationPace pace;
  private Optional<Figures> figures = Optional.empty();

  /**
   * What was measured under load.
   *
   * @param took how long the load lasted
   * @param rotations how often a key took over
   * @param rings of keys
   * @param tokens how many were issued
   * @param failed requests that got none
   * @param checked tokens that were verified, by verifier
   * @param refused good tokens that were refused, by verifier
   */
  public record Figures(
      Duration took,
      int rotations,
      int rings,
      long tokens,
      long failed,
      Map<String, Long> checked,
      Map<String, Long> refused) {
    public Figures {
      checked = Map.copyOf(checked);
      refused = Map.copyOf(refused);
    }

    /** Tokens a second. */
    public double tokensPerSecond() {
      return tokens * 1000.0 / Math.max(1, took.toMillis());
    }
  }

  /**
   * The drill.
   *
   * @param strangers folder with others' verifiers, of which those take part that can be started;
   *     empty for none
   */
  public Rotation(Optional<Path> strangers, RotationPace pace) {
    super("rotation");
    this.strangers = strangers;
    this.pace = pace;
  }

  /** What was measured; empty before it ran. */
  public Optional<Figures> figures() {
    return figures;
  }

  @Override
  public String purpose() {
    return super.purpose().formatted(pace.tokensPerSecond());
  }

  /** Those who take part, ours first. */
  private List<String> verifiers() {
    List<String> names = new ArrayList<>(List.of(VerifierPanel.OURS));
    strangers.filter(StrangerProcess::hasJava).ifPresent(_ -> names.addAll(StrangerProcess.JAVA));
    strangers.filter(StrangerProcess::hasNode).ifPresent(_ -> names.addAll(StrangerProcess.NODE));
    return names;
  }

  /** Those who do not take part, since their programs are not there. */
  public List<String> absent() {
    List<String> present = verifiers();
    return Stream.concat(StrangerProcess.JAVA.stream(), StrangerProcess.NODE.stream())
        .filter(name -> !present.contains(name))
        .toList();
  }

  private static String takesAll(String verifier) {
    return "rotation.none-refused."
        + verifier.replaceAll("[^A-Za-z]+", "-").toLowerCase(Locale.ROOT);
  }

  /** Those of verifiers that take part. */
  @Override
  public List<Expectation> expectations() {
    List<String> absent = absent().stream().map(Rotation::takesAll).toList();
    boolean seldom = verifiers().stream().anyMatch(StrangerProcess.FETCHING_SELDOM::contains);
    return super.expectations().stream()
        .filter(one -> !absent.contains(one.id()))
        .filter(one -> seldom || !one.id().equals("rotation.hasty-refused"))
        .toList();
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    RotationStage stage = new RotationStage(run, pace, strangers);
    run.act(1, "keys follow each other under load");
    if (!verifiers().containsAll(StrangerProcess.JAVA)) {
      run.says("no third-party Java verifiers were found, so they are not tested");
    }
    if (!verifiers().containsAll(StrangerProcess.NODE)) {
      run.says(
          "no Node with jose was found, so it is not tested"
              + " (docs/understand/drills.md, rotation)");
    }
    FutureTask<Map<String, List<String>>> hasty = new FutureTask<>(() -> watch(stage));
    Thread.ofVirtual().name("hasty").start(hasty);
    try (RotationLoad load = new RotationLoad(stage.domains(), pace, stage.panel(), run.clock())) {
      underLoad(run, stage, load);
    }

    run.act(2, "a rotation that no verifier with a cache can follow");
    tell(run, await(hasty));

    run.act(3, "a thief without a key");
    forge(run, stage);

    run.act(4, "the rotator stops");
    RotationPromise promise = RotationPromise.asKept(stage.hasty().policy(), run.clock());
    boolean isKept = promise.isKept();
    run.observe("rotation.promise-kept", isKept, promise.text());
    stage.stopRotator();
    try {
      Await.require("the promise is broken", () -> !promise.isKept());
    } finally {
      stage.continueRotator();
    }
    run.observe("rotation.promise-broken", isKept, promise.text());
  }

  private void underLoad(DrillRun run, RotationStage stage, RotationLoad load)
      throws IOException, InterruptedException {
    run.says(
        "%d rings of keys, each key for %d s or a little longer, stated %d s ahead at least; %d tokens/s for %d s"
            .formatted(
                load.rings(),
                pace.usage().toSeconds(),
                pace.propagation().toSeconds(),
                pace.tokensPerSecond(),
                pace.duration().toSeconds()));
    Instant began = run.now();
    Duration took = Duration.ZERO;
    while (took.compareTo(pace.duration()) < 0
        || (isBehind(load, took) && took.compareTo(pace.longest()) < 0)) {
      Thread.sleep(TELL_EVERY);
      took = Duration.between(began, run.now());
      run.progress(
          "%d rotations, %d tokens".formatted(load.rotations(), load.tokens()),
          took.toMillis(),
          pace.duration().toMillis());
    }
    long tokens = load.tokens();
    load.end();
    stage.panel().settle(Await.PATIENCE);
    Map<String, Long> checked = new LinkedHashMap<>();
    Map<String, Long> refused = new LinkedHashMap<>();
    for (String verifier : verifiers()) {
      checked.put(verifier, stage.panel().count(verifier).asked());
      refused.put(verifier, stage.panel().count(verifier).refused());
    }
    Figures measured =
        new Figures(took, load.rotations(), load.rings(), tokens, load.failed(), checked, refused);
    figures = Optional.of(measured);
    observeLoad(run, load, measured);
    for (String verifier : verifiers()) {
      observe(run, verifier, stage.panel().count(verifier), load.keys());
    }
  }

  private boolean isBehind(RotationLoad load, Duration took) {
    return load.rotations() < pace.rotations()
        || load.tokens() * 1000 < pace.tokensPerSecond() * took.toMillis();
  }

  private void observeLoad(DrillRun run, RotationLoad load, Figures measured) {
    boolean atRate = measured.tokensPerSecond() >= pace.tokensPerSecond();
    run.observe(
        "rotation.load",
        measured.failed() == 0 && atRate && load.silentRings() == 0,
        "%d tokens, %.0f a second; %d requests got none %s"
            .formatted(
                measured.tokens(), measured.tokensPerSecond(), measured.failed(), load.failures()),
        Map.of(
            "tokens", measured.tokens(),
            "tokens_per_second", Math.round(measured.tokensPerSecond()),
            "failed", measured.failed()));
    double perSecond = measured.rotations() * 1000.0 / Math.max(1, measured.took().toMillis());
    run.observe(
        "rotation.rotations",
        measured.rotations() >= pace.rotations(),
        "%d rotations in %d s, %.2f a second; %d were to come"
            .formatted(
                measured.rotations(), measured.took().toSeconds(), perSecond, pace.rotations()),
        Map.of("rotations", measured.rotations(), "rotations_per_second", perSecond));
  }

  /** A verifier that looked at fewer tokens than there were keys has missed a first one. */
  private static void observe(DrillRun run, String verifier, Count count, int keys) {
    run.observe(
        takesAll(verifier),
        count.refused() == 0 && count.missed() == 0 && count.asked() >= keys,
        "%d tokens of %d keys, %d refused%s %s"
            .formatted(
                count.asked(),
                keys,
                count.refused(),
                count.missed() == 0 ? "" : ", %d not examined in time".formatted(count.missed()),
                count.reasons()),
        Map.of("checked", count.asked(), "refused", count.refused()));
  }

  /** Shows tokens of the hasty domain to everybody until those have refused one that have to. */
  private Map<String, List<String>> watch(RotationStage stage)
      throws IOException, InterruptedException {
    RotatingDomain domain = stage.hasty();
    Map<String, List<String>> refusals = new LinkedHashMap<>();
    verifiers().forEach(verifier -> refusals.put(verifier, new ArrayList<>()));
    long end = System.nanoTime() + HASTY_MAX.toNanos();
    do {
      String token = domain.overHttp();
      verdicts(stage, domain, token)
          .forEach(
              (verifier, verdict) -> {
                if (!verdict.equals("ok")) {
                  refusals.computeIfAbsent(verifier, _ -> new ArrayList<>()).add(verdict);
                }
              });
      Thread.sleep(HASTY_ASK_EVERY);
    } while (System.nanoTime() < end && !seldomRefused(refusals));
    return refusals;
  }

  private static boolean seldomRefused(Map<String, List<String>> refusals) {
    return refusals.entrySet().stream()
        .filter(one -> StrangerProcess.FETCHING_SELDOM.contains(one.getKey()))
        .noneMatch(one -> one.getValue().isEmpty());
  }

  private void tell(DrillRun run, Map<String, List<String>> refusals) {
    if (verifiers().stream().anyMatch(StrangerProcess.FETCHING_SELDOM::contains)) {
      List<String> seen = new ArrayList<>();
      refusals.forEach(
          (verifier, reasons) ->
              seen.add(
                  verifier
                      + ": "
                      + (reasons.isEmpty() ? "refused none" : "refused, " + reasons.getFirst())));
      run.observe("rotation.hasty-refused", seldomRefused(refusals), String.join("; ", seen));
    }
    List<String> ours = refusals.getOrDefault(VerifierPanel.OURS, List.of());
    run.observe("rotation.hasty-ours", ours.isEmpty(), ours.isEmpty() ? "none refused" : "" + ours);
  }

  private static Map<String, List<String>> await(FutureTask<Map<String, List<String>>> task)
      throws IOException, InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IOException("the hasty domain could not be watched", e);
    }
  }

  private static Map<String, String> verdicts(
      RotationStage stage, RotatingDomain domain, String token) throws IOException {
    Map<String, String> verdicts = new LinkedHashMap<>();
    verdicts.put(VerifierPanel.OURS, domain.refusal(token, domain.tokenType(0)).orElse("ok"));
    URI jwks = domain.jwks(0);
    for (StrangerProcess stranger : stage.strangers()) {
      List<String> said = stranger.verdicts(jwks, token);
      for (int i = 0; i < said.size(); i++) {
        verdicts.put(stranger.names().get(i), said.get(i));
      }
    }
    return verdicts;
  }

  /** One forgery names its own key, the other the key of an honest token. */
  private void forge(DrillRun run, RotationStage stage) throws Exception {
    RotatingDomain domain = stage.domains().getFirst();
    Forger forger = new Forger(StolenPrivateKeys.newKey());
    String honest = domain.overHttp();
    UnaryOperator<String> header =
        token -> new Base64URL(token.substring(0, token.indexOf('.'))).decodeToString();
    String underItsName =
        forger.sign(
            Forger.object(header.apply(honest)), Forger.claims(honest).put("sub", "somebody"));
    String underItsOwn = forger.copyOf(honest, claims -> claims.put("sub", "somebody"));
    // Honest tokens first, so that everybody has the keys that the forgeries are held against.
    Map<String, String> taken = verdicts(stage, domain, honest);
    Map<String, String> first = verdicts(stage, domain, underItsName);
    Map<String, String> second = verdicts(stage, domain, underItsOwn);
    boolean held =
        taken.values().stream().allMatch("ok"::equals)
            && first.values().stream().noneMatch("ok"::equals)
            && second.values().stream().noneMatch("ok"::equals);
    run.observe(
        "rotation.forged-refused",
        held,
        "honest: %s; under an honest key's name: %s; under a name of its own: %s"
            .formatted(taken, first, second));
  }
}
