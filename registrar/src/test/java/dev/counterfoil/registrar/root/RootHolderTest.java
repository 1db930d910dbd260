package dev.counterfoil.registrar.root;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedStatement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A holder's key at rest. */
class RootHolderTest {
  private static final String SECRET = "correct horse battery";

  @TempDir Path folder;

  @Test
  void aKeyIsOpenedByItsPassphraseAndByNoOther() throws Exception {
    Path own = folder.resolve("anna");
    char[] given = SECRET.toCharArray();
    NoteKey made = RootHolder.make(own, "anna", given, 10_000);
    assertThat(given).as("zeroed").containsOnly('\0');
    assertThat(RootHolder.publicKey(own)).isEqualTo(made);
    RootHolder holder = RootHolder.open(own, SECRET.toCharArray());
    String jws =
        SignedStatement.sign(
            "test+json", JsonObject.builder().put("v", 1).build(), holder.statements());
    assertThat(SignedStatement.verify("test+json", jws, holder.statements().key()).number("v"))
        .isEqualTo(1);
    assertThatThrownBy(() -> RootHolder.open(own, (SECRET + "x").toCharArray()))
        .isInstanceOf(RootHolder.WrongPassphraseException.class)
        .hasMessageNotContaining(SECRET);
  }

  @Test
  void itIsEncryptedForItsOwnerAloneInAFormThatOtherToolsRead() throws Exception {
    Path own = folder.resolve("anna");
    RootHolder.make(own, "anna", SECRET.toCharArray(), 10_000);
    Path file = own.resolve(RootHolder.PRIVATE_FILE);
    assertThat(Files.readString(file, StandardCharsets.US_ASCII))
        .startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
        .isEqualTo("rwx------");
    Path secret = Files.writeString(folder.resolve("secret"), SECRET);
    Process openssl =
        new ProcessBuilder(
                "openssl", "pkey", "-in", file.toString(), "-passin", "file:" + secret, "-pubout")
            .redirectErrorStream(true)
            .start();
    String printed = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as(printed).isZero();
    assertThat(printed.replaceAll("-----.*?-----|\\s", ""))
        .isEqualTo(
            java.util.Base64.getEncoder()
                .encodeToString(RootHolder.publicKey(own).javaKey().getEncoded()));
  }

  @Test
  void noKeyIsReplacedAndNoShortPassphraseTaken() throws Exception {
    Path own = folder.resolve("anna");
    assertThatThrownBy(() -> RootHolder.make(own, "anna", "short".toCharArray(), 10_000))
        .isInstanceOf(IOException.class);
    NoteKey made = RootHolder.make(own, "anna", SECRET.toCharArray(), 10_000);
    assertThatThrownBy(() -> RootHolder.make(own, "anna", SECRET.toCharArray(), 10_000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("already");
    assertThat(RootHolder.publicKey(own)).isEqualTo(made);
  }
}
