package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootPin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ceremonies of docs/operate/root.md, offline: what the commands make is what a key log takes.
 */
class RootCommandsTest {
  private static final String ISSUER = "https://login.example/enterprise";
  private static final PublicJwk STATEMENT_KEY = PublicJwk.ed25519(Hash.sha256());

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path secret;

  @BeforeEach
  void passphrase() throws Exception {
    secret =
        Files.createFile(
            folder.resolve("secret"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(secret, "correct horse battery staple\n");
    for (String holder : List.of("anna", "ben", "carla", "dora")) {
      CommandRun made =
          CommandRun.of(
              "root",
              "key",
              "--folder",
              folder.resolve(holder),
              "--holder",
              holder,
              "--passphrase-file",
              secret);
      assertThat(made.exitCode()).as(made.out()).isZero();
    }
  }

  private Path pub(String holder) {
    return folder.resolve(holder).resolve("root-key.pub");
  }

  private CommandRun sign(Path ceremony, String holder) {
    return CommandRun.of(
        "root",
        "sign",
        ceremony,
        "--holder",
        folder.resolve(holder),
        "--passphrase-file",
        secret,
        "--json");
  }

  private Path request(KeyLogState state) throws Exception {
    return Files.write(
        folder.resolve("request.json"),
        CeremonyRequest.of(
                "enterprise",
                ISSUER,
                STATEMENT_KEY,
                new Delegation.Bounds(
                    AllowList.of("acme"),
                    AllowList.all(),
                    AllowList.of("at+jwt"),
                    Duration.ofHours(1)),
                state)
            .bytes());
  }

  /** Takes in what is new of a ceremony, as a registrar does. */
  private static void take(KeyLogState state, Path file) throws Exception {
    Ceremony ceremony = Ceremony.parse(Files.readAllBytes(file));
    int known = state.root().links().size();
    for (JointStatement root : ceremony.roots().subList(known, ceremony.roots().size())) {
      state.apply(KeyLogEntry.of(root));
    }
    for (JointStatement delegation : ceremony.delegations()) {
      state.apply(KeyLogEntry.of(delegation));
    }
  }

  private static KeyLogState log(RootPin pin) {
    return KeyLogState.empty("enterprise", ISSUER, pin, List.of());
  }

  /** A root of anna, ben and carla, two of whom have signed a year. */
  private KeyLogState initialised() throws Exception {
    Path out = folder.resolve("first.json");
    JsonObject made =
        CommandRun.of(
                "root",
                "init",
                "--key",
                pub("anna"),
                "--key",
                pub("ben"),
                "--key",
                pub("carla"),
                "--threshold",
                2,
                "--request",
                request(log(new RootPin(1, Hash.sha256()))),
                "--out",
                out,
                "--json")
            .json();
    assertThat(CommandRun.of("root", "show", out).exitCode()).isEqualTo(ExitCode.NO);
    assertThat(sign(out, "dora").exitCode()).as("no holder").isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(sign(out, "anna").json().truth("complete")).isFalse();
    assertThat(sign(out, "anna").json().truth("complete")).as("twice is once").isFalse();
    assertThat(sign(out, "carla").json().truth("complete")).isTrue();
    CommandRun shown = CommandRun.of("root", "show", out);
    assertThat(shown.exitCode()).isZero();
    assertThat(shown.out())
        .contains("2 of 3 holders", "anna", STATEMENT_KEY.thumbprint(), "tenants acme", "window 13")
        .contains("Complete");
    KeyLogState state = log(RootPin.parse(made.string("root_pin")));
    take(state, out);
    assertThat(state.windows().until(Instant.now()).orElseThrow())
        .isAfter(Instant.now().plus(Duration.ofDays(370)));
    return state;
  }

  @Test
  void aRootIsMadeSignedAndTaken() throws Exception {
    assertThat(initialised().windows().all()).hasSize(13);
  }

  @Test
  void theNextYearIsDelegatedToAnotherStatementKey() throws Exception {
    KeyLogState state = initialised();
    PublicJwk next = PublicJwk.ed25519(Hash.sha256(new byte[1]));
    Path key = Files.writeString(folder.resolve("next.jwk"), next.toJson().canonical());
    Path out = folder.resolve("second.json");
    CommandRun made =
        CommandRun.of(
            "root",
            "delegate",
            "--request",
            request(state),
            "--statement-key",
            key,
            "--windows",
            12,
            "--out",
            out);
    assertThat(made.exitCode()).as(made.out()).isZero();
    Path copy = Files.copy(out, folder.resolve("copy.json"));
    sign(out, "ben");
    sign(copy, "anna");
    assertThat(
            CommandRun.of("root", "sign", out, "--with", copy, "--json").json().truth("complete"))
        .as("signed in two places")
        .isTrue();
    take(state, out);
    assertThat(state.delegation(Instant.now()).orElseThrow().statementKey()).isEqualTo(next);
  }

  @Test
  void aHolderIsReplacedByTheOthers() throws Exception {
    KeyLogState state = initialised();
    Path out = folder.resolve("rotated.json");
    CommandRun.of(
        "root",
        "rotate",
        "--request",
        request(state),
        "--add",
        pub("dora"),
        "--remove",
        "anna",
        "--out",
        out);
    assertThat(sign(out, "dora").json().truth("complete")).isFalse();
    assertThat(sign(out, "ben").json().truth("complete")).as("one old holder").isFalse();
    assertThat(sign(out, "carla").json().truth("complete")).isTrue();
    take(state, out);
    assertThat(state.root().current().orElseThrow().version()).isEqualTo(2);
    assertThat(state.root().current().orElseThrow().keys()).extracting("name").contains("dora");
  }

  @Test
  void aLostKeyIsRotatedOutWhileEnoughAreLeft() throws Exception {
    KeyLogState state = initialised();
    Path out = folder.resolve("recovered.json");
    CommandRun made =
        CommandRun.of(
            "root",
            "recover",
            "--request",
            request(state),
            "--lost",
            "ben",
            "--add",
            pub("dora"),
            "--out",
            out);
    assertThat(made.exitCode()).as(made.out()).isZero();
    sign(out, "anna");
    assertThat(sign(out, "carla").json().truth("complete")).isTrue();
    take(state, out);
    assertThat(state.root().current().orElseThrow().keys())
        .extracting("name")
        .containsExactly("anna", "carla", "dora");
  }

  @Test
  void withTooFewLeftANewRootIsPreparedAndSaidToBeOne() throws Exception {
    KeyLogState state = initialised();
    Path out = folder.resolve("new.json");
    CommandRun made =
        CommandRun.of(
            "root",
            "recover",
            "--request",
            request(state),
            "--lost",
            "ben",
            "--lost",
            "carla",
            "--add",
            pub("dora"),
            "--out",
            out,
            "--json");
    assertThat(made.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(made.json().object("root").number("version")).isEqualTo(1);
    Path stolen = folder.resolve("stolen.json");
    assertThat(
            CommandRun.of(
                    "root",
                    "recover",
                    "--request",
                    request(state),
                    "--lost",
                    "ben",
                    "--stolen",
                    "--out",
                    stolen)
                .exitCode())
        .as("one of two stolen can do nothing")
        .isEqualTo(ExitCode.OK);
  }

  /** Two who are left could rotate the other two out, and a thief who has those could too. */
  @Test
  void whereAThiefCanSignNoRotationIsPreparedThoughEnoughAreLeft() throws Exception {
    KeyLogState state = initialised();
    Path four = folder.resolve("four.json");
    CommandRun.of(
        "root", "rotate", "--request", request(state), "--add", pub("dora"), "--out", four);
    sign(four, "anna");
    assertThat(sign(four, "ben").json().truth("complete")).isTrue();
    take(state, four);
    assertThat(recover(state, "lost.json").exitCode()).as("only lost").isEqualTo(ExitCode.OK);
    CommandRun stolen = recover(state, "stolen.json", "--stolen");
    assertThat(stolen.exitCode()).isEqualTo(ExitCode.NO);
    JsonObject root = stolen.json().object("root");
    assertThat(root.number("version")).isEqualTo(1);
    assertThat(root.toString()).contains("anna+", "dora+").doesNotContain("ben+", "carla+");
  }

  private CommandRun recover(KeyLogState state, String out, String... more) throws Exception {
    List<Object> words = new ArrayList<>();
    words.addAll(List.of("root", "recover", "--request", request(state)));
    words.addAll(List.of("--lost", "ben", "--lost", "carla", "--out", folder.resolve(out)));
    words.addAll(List.of(more));
    words.add("--json");
    return CommandRun.of(words.toArray());
  }

  @Test
  void nothingIsOverwrittenAndAWrongPassphraseSignsNothing() throws Exception {
    initialised();
    Path first = folder.resolve("first.json");
    byte[] before = Files.readAllBytes(first);
    assertThat(
            CommandRun.of("root", "init", "--key", pub("anna"), "--threshold", 1, "--out", first)
                .exitCode())
        .isEqualTo(ExitCode.ENVIRONMENT);
    Files.writeString(secret, "another passphrase\n");
    assertThat(sign(first, "ben").exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(Files.readAllBytes(first)).isEqualTo(before);
  }
}
