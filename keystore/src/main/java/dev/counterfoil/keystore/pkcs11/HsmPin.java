package dev.counterfoil.keystore.pkcs11;

import dev.counterfoil.configuration.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The PIN of an HSM's user. A wrong one is tried once and not again before its file has changed:
 * tokens lock themselves after a few. For one thread at a time.
 */
public final class HsmPin {
  private final SecretFile file;
  private @Nullable FileTime refused;

  public HsmPin(SecretFile file) {
    this.file = file;
  }

  public SecretFile file() {
    return file;
  }

  /** Whether the HSM refused what the file has now. */
  public boolean isRefused() throws IOException {
    return refused != null && refused.equals(Files.getLastModifiedTime(file.path()));
  }

  /** Whether the last log-in was refused for its PIN. */
  boolean wasRefused() {
    return refused != null;
  }

  /** What is said while it is refused. */
  public GeneralSecurityException refusal(String because) {
    return new GeneralSecurityException(
        "it refuses the PIN in "
            + file.path()
            + " ("
            + because
            + "). The PIN is not tried again before the file changes, because a token"
            + " locks itself after a few wrong PINs. Write the right PIN into another"
            + " file and rename it to this name (mv): a file that is edited in place can"
            + " be read half-written");
  }

  /** Logs the whole process in. */
  public void login(Cryptoki library, long session) throws IOException, GeneralSecurityException {
    refused = null;
    FileTime of = Files.getLastModifiedTime(file.path());
    byte[] bytes = file.read();
    int length = bytes.length;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
      length--;
    }
    byte[] text = Arrays.copyOf(bytes, length);
    Arrays.fill(bytes, (byte) 0);
    try {
      library.login(session, text);
    } catch (CryptokiException e) {
      if (!e.isAboutPin()) {
        throw e;
      }
      refused = of;
      GeneralSecurityException refusal = refusal(String.valueOf(e.getMessage()));
      refusal.initCause(e);
      throw refusal;
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }
}
