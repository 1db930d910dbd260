package dev.counterfoil.log.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.disk.FileDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Ed25519FileTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private Ed25519File open() throws Exception {
    return Ed25519File.openOrMake(
        FileDisk.privateFolder(folder),
        "log.key",
        "log.vkey",
        made -> NoteKey.of("monitor.example/audit", made).toString());
  }

  /** By which the dump gate finds the key in an image of the process's memory. */
  @Test
  void aKeysHintLiesBesideItAlsoOfOneThatHadNone() throws Exception {
    Ed25519File made = open();
    Path hint = folder.resolve("log.hint");
    String text = KeyHint.of(Files.readAllBytes(folder.resolve("log.key")), "EdDSA").text();
    assertThat(hint).hasContent(text);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(hint)))
        .isEqualTo("rw-------");

    Files.delete(hint);
    Ed25519File opened = open();
    assertThat(opened.vkey()).isEqualTo(made.vkey());
    assertThat(opened.sign(new byte[1])).isEqualTo(made.sign(new byte[1]));
    assertThat(hint).hasContent(text);

    Files.writeString(hint, "another key's");
    open();
    assertThat(hint).hasContent(text);
  }

  @Test
  void aDamagedKeyIsRefused() throws Exception {
    String vkey = open().vkey();
    byte[] key = Files.readAllBytes(folder.resolve("log.key"));
    Files.write(folder.resolve("log.key"), new byte[] {1, 2, 3});
    assertThatThrownBy(this::open).isInstanceOf(GeneralSecurityException.class);
    Files.write(folder.resolve("log.key"), key);
    assertThat(open().vkey()).isEqualTo(vkey);
  }
}
