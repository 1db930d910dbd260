package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What scripts rely on: exit codes, JSON, and that no key is printed. */
class ScanCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path given;

  @SuppressWarnings("NullAway.Init") // made before each
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path keys;

  @SuppressWarnings("NullAway.Init")
  private Path dirty;

  @SuppressWarnings("NullAway.Init")
  private Path clean;

  @SuppressWarnings("NullAway.Init")
  private String kid;

  @SuppressWarnings("NullAway.Init")
  private String seedInHex;

  @BeforeEach
  void makeFiles() throws Exception {
    folder = given.toRealPath();
    keys = Files.createDirectory(folder.resolve("keys"));
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] spki = pair.getPublic().getEncoded();
    PublicJwk jwk = PublicJwk.ed25519(Hash.read(spki, spki.length - Hash.BYTES));
    kid = jwk.thumbprint();
    Files.write(keys.resolve("k1.jwk"), jwk.toJson().canonicalBytes());
    Files.writeString(
        keys.resolve("k1.hint"), KeyHint.of(pair.getPrivate().getEncoded(), "EdDSA").text());
    byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
    seedInHex = HexFormat.of().formatHex(seed);
    dirty = Files.writeString(folder.resolve("dirty.log"), "seed=" + seedInHex + "\n");
    clean = Files.writeString(folder.resolve("clean.log"), "nothing here\n");
    Files.createDirectory(folder.resolve("out"));
  }

  @Test
  void saysWhatItFoundAndDoesNotRepeatIt() {
    CommandRun run = CommandRun.of("scan", dirty, "--keys", keys);
    assertThat(run.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(run.out()).contains("ed25519-seed", "in hex", kid).doesNotContain(seedInHex);
    CommandRun json = CommandRun.of("scan", dirty, "--json", "--keys", keys);
    assertThat(json.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(json.json().get("verdict")).isEqualTo("found");
    assertThat(json.out()).doesNotContain(seedInHex);
  }

  @Test
  void cleanSaysOfWhat() {
    CommandRun run = CommandRun.of("scan", clean, "--keys", keys);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("clean", "not searched for", "own keys searched for: 1");
  }

  @Test
  void aKeyWithoutAHintIsNamed() throws Exception {
    Files.delete(keys.resolve("k1.hint"));
    CommandRun run = CommandRun.of("scan", clean, "--keys", keys);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("without a hint", kid);
  }

  @Test
  void aDamagedHintStopsTheScan() throws Exception {
    Path hint = keys.resolve("k1.hint");
    byte[] text = Files.readAllBytes(hint);
    text[26] ^= 1;
    Files.write(hint, text);
    assertThat(CommandRun.of("scan", clean, "--keys", keys).exitCode())
        .isEqualTo(ExitCode.ENVIRONMENT);
    text[26] ^= 1;
    Files.write(hint, text);
    assertThat(CommandRun.of("scan", clean, "--keys", keys).exitCode()).isZero();
  }

  @Test
  void withoutKeysItDoesNotCallAnythingClean() throws Exception {
    Path none = Files.createDirectory(folder.resolve("none"));
    assertThat(CommandRun.of("scan", clean, "--keys", none).exitCode())
        .isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(CommandRun.of("scan", clean, "--no-own-keys").exitCode()).isZero();
  }

  @Test
  void whatCannotBeLookedIntoIsNotClean() throws Exception {
    byte[] gzip = Arrays.copyOf(new byte[] {0x1f, (byte) 0x8b, 8, 0}, 40);
    Path broken = Files.write(folder.resolve("broken.gz"), gzip);
    assertThat(CommandRun.of("scan", broken, "--keys", keys).exitCode())
        .isEqualTo(ExitCode.ENVIRONMENT);
  }

  @Test
  void theGateLetsOutAndHoldsBack() {
    Path gate = folder.resolve("gate");
    Path out = folder.resolve("out/clean.log");
    CommandRun released =
        CommandRun.of("scan", "--gate", clean, out, "--gate-folder", gate, "--keys", keys);
    assertThat(released.exitCode()).isZero();
    assertThat(out).hasContent("nothing here\n");
    Path held = folder.resolve("out/dirty.log");
    CommandRun quarantined =
        CommandRun.of(
            "scan", "--gate", dirty, held, "--json", "--gate-folder", gate, "--keys", keys);
    assertThat(quarantined.exitCode()).isEqualTo(ExitCode.NO);
    assertThat(held).doesNotExist();
    assertThat(dirty).doesNotExist();
    assertThat(quarantined.out()).doesNotContain(seedInHex);
    assertThat(gate.resolve("record.jsonl")).content().hasLineCount(2).doesNotContain(seedInHex);
  }
}
