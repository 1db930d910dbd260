package dev.counterfoil.verifier;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Key pairs with certificates that they signed themselves, and TLS with them. */
public final class TestCertificates {
  /** Of every store, and of the key in it. */
  public static final String PASSWORD = "password";

  /** The name of the key in its store. */
  public static final String ALIAS = "k";

  private TestCertificates() {}

  /**
   * Makes a key pair of P-256, in a store {@code <name>.p12} of its own.
   *
   * @param extension of its certificate, as keytool takes it, such as {@code SAN=dns:localhost}
   */
  public static KeyStore keyPair(Path folder, String name, String extension)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-ext",
                extension,
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed: " + said);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  /** A store that trusts the certificates of others. */
  public static KeyStore trusting(KeyStore... others) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    for (int i = 0; i < others.length; i++) {
      trusted.setCertificateEntry("t" + i, others[i].getCertificate(ALIAS));
    }
    return trusted;
  }

  /** TLS for one who trusts others, and shows a certificate of his own where he has one. */
  public static SSLContext context(@Nullable KeyStore own, KeyStore... others)
      throws IOException, GeneralSecurityException {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusting(others));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, own == null ? null : PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
