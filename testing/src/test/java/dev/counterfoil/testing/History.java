package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import dev.counterfoil.testing.Traffic.Issued;
import dev.counterfoil.testing.verdicts.Accusations;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * One installation, and what befalls it in an order from a seed, under traffic. After each step
 * what it says is compared with what the test knows: whose tokens were issued, and which are
 * forged.
 */
final class History implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Tokens of the signer that issues first. */
  private static final String FIRST_SIGNER = "s1g";

  private static final String THIEFS_LOG = "s1g1";

  /** What befalls it. */
  enum Step {
    SIGNER_KILLED,
    AUTHORITY_KILLED,
    MONITOR_KILLED,
    TOKENS_FORGED,
    FOLDER_DELETED,
    FOLDER_PUT_BACK,
    THEFT_CONTAINED
  }

  /** What became of the first signer's folder. */
  private enum Disk {
    THERE,
    GONE,
    REWOUND
  }

  private final HttpClient http = HttpClient.newHttpClient();
  private final Random random;
  private final Path folder;
  private final Path signer;
  private final Path copy;
  private final String issuer;
  private final Running running;
  private final DemoClient demo;
  private final SpoolingGuard guard;
  private final Traffic traffic;
  private final StolenFolder stolen;
  private final Map<Hash, String> forged = new LinkedHashMap<>();
  private final Set<Hash> noticed = new HashSet<>();
  private final List<String> story = new ArrayList<>();
  private Disk disk = Disk.THERE;

  /** The first position of the lost log that was given up. */
  private long lostFrom = Long.MAX_VALUE;

  private Instant lastStep = Instant.now();
  private int judged;

  History(long seed) throws Exception {
    random = new Random(seed);
    story.add("seed " + seed);
    // Short, since the sockets lie below it and a socket's path has at most 107 bytes.
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfh");
    int port = Distribution.freePort();
    int monitorPort = Distribution.freePort();
    issuer = "http://127.0.0.1:" + port;
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "http://127.0.0.1:%2$d"
                listen: "127.0.0.1:%2$d"
                tenants: [acme]
                audiences: [demo-api]
                propagation-window: 1s
                accept-good-tokens-refused: true
            """
                .formatted(monitorPort, port));
    Path domain = folder.resolve("counterfoil-data/domains/main");
    signer = domain.resolve("signer");
    copy = folder.resolve("copy");
    running = Running.start(folder, configuration);
    demo = new DemoClient(issuer, domain);
    SpoolingGuard.configure(folder, monitorPort);
    guard = SpoolingGuard.start(folder);
    await("both signers issue", () -> issues(0) && issues(1));
    traffic = new Traffic(demo, guard);
    await("traffic", () -> count(FIRST_SIGNER) >= 20);
    copyFolder();
    stolen = new StolenFolder("main", copy);
    long copied = count(FIRST_SIGNER);
    await("tokens that the copy lacks", () -> count(FIRST_SIGNER) >= copied + 20);
  }

  /** The steps of a seed: all of them, the folder's last but for the end of the theft. */
  List<Step> steps() {
    List<Step> steps =
        new ArrayList<>(
            List.of(
                Step.SIGNER_KILLED,
                Step.AUTHORITY_KILLED,
                Step.MONITOR_KILLED,
                Step.TOKENS_FORGED,
                random.nextBoolean() ? Step.FOLDER_DELETED : Step.FOLDER_PUT_BACK));
    Collections.shuffle(steps, random);
    steps.add(Step.THEFT_CONTAINED);
    steps.add(Step.TOKENS_FORGED);
    return steps;
  }

  /** Does it, and judges what is said then. */
  void run(Step step) throws Exception {
    story.add(step.toString());
    lastStep = Instant.now();
    try {
      act(step);
      judge();
    } catch (AssertionError | Exception e) {
      throw new AssertionError(story + ": " + e.getMessage(), e);
    }
  }

  private void act(Step step) throws Exception {
    switch (step) {
      case SIGNER_KILLED -> {
        if (disk != Disk.GONE) {
          Distribution.signal("KILL", running.pidNow("/signer.yaml"));
          await("the signer again", () -> issues(0));
        }
      }
      case AUTHORITY_KILLED -> Distribution.signal("KILL", running.pidNow("/authority.yaml"));
      case MONITOR_KILLED -> Distribution.signal("KILL", running.pidNow("/monitor.yaml"));
      case TOKENS_FORGED -> forge();
      case FOLDER_DELETED -> {
        PutBackKeyLog.delete(signer);
        disk = Disk.GONE;
        await("the lost signer is not said to issue", () -> !issues(0));
      }
      case FOLDER_PUT_BACK -> {
        Files.move(signer, folder.resolve("away"));
        Files.move(copy(folder.resolve("again")), signer);
        disk = Disk.REWOUND;
        ProcessHandle.of(running.pidNow("/signer.yaml")).ifPresent(ProcessHandle::destroyForcibly);
        await("the signer again, with another log", () -> count("s1g2") > 0);
      }
      case THEFT_CONTAINED -> contain();
    }
    long before = traffic.issued().size();
    await("tokens", () -> isReady() && traffic.issued().size() > before + 10);
  }

  /** How often an honest token was verified and traced. */
  int judged() {
    return judged;
  }

  // ---- What happens

  private void copyFolder() throws Exception {
    long pid = running.pidNow("/signer.yaml");
    Distribution.signal("STOP", pid);
    PutBackKeyLog.copy(signer, copy);
    Distribution.signal("CONT", pid);
  }

  private Path copy(Path to) throws IOException {
    PutBackKeyLog.copy(copy, to);
    return to;
  }

  /** A thief's tokens: one with an honest one's identifier, one past the log, one with none. */
  private void forge() throws Exception {
    Issued honest = traffic.lastOf(THIEFS_LOG);
    long end = honest.id().position() + 1;
    for (String way : List.of("copied", "ahead", "far", "none")) {
      String jti =
          switch (way) {
            case "copied" -> honest.id().toString();
            case "ahead" -> new TokenId(THIEFS_LOG, end, honest.digest()).toString();
            case "far" -> new TokenId(THIEFS_LOG, end + 1_000_000, honest.digest()).toString();
            default -> "none";
          };
      String token =
          stolen.forge(honest.text(), Map.of("sub", way + "-" + forged.size(), "jti", jti));
      CompactToken parsed = CompactToken.parse(token);
      forged.put(parsed.digest(), token);
      Optional<String> code = guard.present(token);
      assertThat(code).as("a forged token passes: %s %s", way, parsed.claims()).isPresent();
    }
  }

  private void contain() throws Exception {
    Issued last = traffic.lastOf(THIEFS_LOG);
    String kid = kid(last.text());
    List<String> words = new ArrayList<>(List.of("compromise", "--yes", "--json"));
    if (disk == Disk.GONE) {
      await(
          "a finding for the lost signer",
          () ->
              Distribution.run(folder, "findings", "--json", "--kind", "signer-away")
                  .out()
                  .contains("\"signer\":\"s1\""));
      // There is nobody to ask: its log and its end are named.
      String from = Long.toString(last.id().position() + 1);
      words.addAll(List.of("--signer-lost", THIEFS_LOG, "--from", from, "--kid", kid));
    } else {
      words.add(1, THIEFS_LOG);
    }
    JsonObject said = Distribution.run(folder, words.toArray(String[]::new)).json();
    if (disk == Disk.GONE && !said.truth("contained")) {
      // What nobody holds may be forged: it is given up, as the command says.
      lostFrom = said.number("held");
      words.set(words.indexOf("--from") + 1, Long.toString(lostFrom));
      said = Distribution.run(folder, words.toArray(String[]::new)).json();
    }
    Set<String> published = new HashSet<>();
    for (JsonObject key : get("/jwks").objects("keys")) {
      published.add(key.string("kid"));
    }
    assertThat(published.contains(kid))
        .as("the thief's key is published: %s, and it is said: %s", published, said)
        .isEqualTo(!said.truth("contained"));
    assertThat(said.truth("contained")).as("%s", said).isTrue();
  }

  // ---- The judge

  private void judge() throws Exception {
    judgeFindings();
    judgeTokens();
    judgeLogs();
    assertThat(traffic.falsehoods()).isEmpty();
  }

  /** No honest token is called stolen, and each forged one that was shown is noticed. */
  private void judgeFindings() throws Exception {
    await(
        "a finding for each forged token",
        () -> {
          Result said = Distribution.run(folder, "findings", "--json");
          if (said.exitCode() > 1) {
            // The monitor starts again.
            return false;
          }
          for (JsonObject finding : said.json().objects("findings")) {
            judge(finding);
          }
          return noticed.containsAll(forged.keySet());
        });
  }

  private void judge(JsonObject finding) throws Exception {
    Optional<String> text = finding.optionalString("digest");
    Optional<Hash> digest =
        text.isEmpty() ? Optional.empty() : Optional.of(Hash.parseBase64Url(text.get()));
    digest.ifPresent(noticed::add);
    if (Accusations.FINDINGS.contains(finding.string("kind"))) {
      assertThat(digest.filter(forged::containsKey))
          .as("what no thief made is called %s: %s", finding.string("kind"), finding)
          .isPresent();
    }
  }

  /** Tokens of before the step, each a little older than the last checkpoint and what it shows. */
  private void judgeTokens() throws Exception {
    List<Issued> old =
        new ArrayList<>(
            traffic.issued().stream()
                .filter(token -> token.refused().isEmpty())
                .filter(token -> token.at().isBefore(lastStep.minusSeconds(2)))
                .filter(token -> !isGivenUp(token))
                .toList());
    Collections.shuffle(old, random);
    for (Issued honest : old.subList(0, Math.min(1, old.size()))) {
      Result verified = verify(honest.text());
      assertThat(verified.exitCode())
          .as("verify says of an issued token: %s %s", verified.out(), honest.id())
          .isZero();
      assertThat(traced(honest.text())).as("a trace of %s", honest.id()).isEqualTo("issued");
      judged++;
    }
    List<String> thiefs = new ArrayList<>(forged.values());
    Collections.shuffle(thiefs, random);
    for (String token : thiefs.subList(0, Math.min(1, thiefs.size()))) {
      assertThat(verify(token).exitCode()).as("verify of a forged token").isOne();
      assertThat(traced(token)).as("a trace of a forged token").isNotEqualTo("issued");
    }
    judgeRefused();
  }

  private boolean isGivenUp(Issued token) {
    return token.log().equals(THIEFS_LOG) && token.id().position() >= lostFrom;
  }

  /** Who was refused for want of a checkpoint is served later, unless its record went away. */
  private void judgeRefused() throws Exception {
    for (Issued token : traffic.issued()) {
      if (token.refused().isPresent() && (disk == Disk.THERE || !token.log().equals(THIEFS_LOG))) {
        await(
            "a token that was refused as " + token.refused().get() + " passes",
            () -> guard.present(token.text()).isEmpty());
      }
    }
  }

  private void judgeLogs() throws Exception {
    Result said = Distribution.run(folder, "log", "check", "--json");
    Map<String, JsonObject> logs = new HashMap<>();
    for (JsonObject log : said.jsonLines()) {
      logs.put(Path.of(log.string("log")).getFileName().toString(), log);
    }
    assertThat(logs).containsKeys("keys", THIEFS_LOG);
    logs.forEach(
        (name, log) -> {
          boolean isSound = Boolean.TRUE.equals(log.get("sound"));
          boolean isDifferent = Boolean.FALSE.equals(log.get("sound"));
          if (name.equals(THIEFS_LOG) && disk != Disk.THERE) {
            assertThat(isSound).as("its counterfoils are gone: %s", log).isFalse();
          } else {
            assertThat(isDifferent).as("nobody changed it: %s", log).isFalse();
          }
        });
    assertThat(said.exitCode()).isIn(disk == Disk.THERE ? List.of(0, 4) : List.of(1, 4));
  }

  private Result verify(String token) throws Exception {
    return Distribution.runWithInput(folder, token, "verify", "--json", "-");
  }

  /** What a trace of the token at hand says; while the monitor starts again it is asked anew. */
  private String traced(String token) throws Exception {
    Path file = Files.writeString(folder.resolve("presented"), token);
    List<String> words = new ArrayList<>();
    await(
        "a trace",
        () -> {
          Result said =
              Distribution.run(folder, "audit", "trace", "--json", "--token", file.toString());
          if (said.exitCode() > 1) {
            return false;
          }
          JsonObject first = said.json().objects("tokens").getFirst();
          boolean isIssued = first.truth("issued");
          assertThat(said.exitCode() == 0).as("its exit code: %s", said.out()).isEqualTo(isIssued);
          words.add(isIssued ? "issued" : first.object("not_issued").string("code"));
          return true;
        });
    return words.getLast();
  }

  // ---- What can be asked

  /** Ready, and a token is there for who asks then. */
  private boolean isReady() throws Exception {
    Optional<JsonObject> before = health();
    boolean served = demo.isServed();
    Optional<JsonObject> after = health();
    boolean isReady = before.isPresent() && before.get().truth("ready");
    boolean isStillReady = after.isPresent() && after.get().truth("ready");
    if (isReady && isStillReady) {
      assertThat(served).as("ready, and serves nobody: %s", after).isTrue();
    }
    return isReady && isStillReady;
  }

  private boolean issues(int number) throws Exception {
    Optional<JsonObject> health = health();
    if (health.isEmpty()) {
      return false;
    }
    JsonObject one = health.get().objects("signers").get(number);
    return one.truth("connected") && one.get("log") != null && one.get("reason") == null;
  }

  /** Empty while the authority is away. */
  private Optional<JsonObject> health() throws Exception {
    try {
      return Optional.of(get("/health/ready"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private JsonObject get(String path) throws Exception {
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(issuer + path)).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    return StrictJson.object(answer.body(), 1 << 20);
  }

  private long count(String logs) {
    return traffic.issued().stream().filter(token -> token.log().startsWith(logs)).count();
  }

  private static String kid(String token) throws Exception {
    byte[] header =
        Base64.getUrlDecoder()
            .decode(token.split("\\.", -1)[0].getBytes(StandardCharsets.US_ASCII));
    return StrictJson.object(header, 1 << 16).string("kid");
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.call()) {
      assertThat(Instant.now()).as(what).isBefore(end);
      Thread.sleep(50);
    }
  }

  @Override
  public void close() throws IOException {
    traffic.close();
    guard.close();
    demo.close();
    http.close();
    running.close();
    PutBackKeyLog.delete(folder);
  }
}
