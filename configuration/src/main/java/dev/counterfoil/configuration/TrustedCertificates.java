package dev.counterfoil.configuration;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Certificate authorities of an operator's own, such as a company's, beside those of the Java
 * runtime: for every https connection that a process makes.
 */
public final class TrustedCertificates {
  /** The environment's name of a file with them, in PEM. */
  public static final String VARIABLE = "COUNTERFOIL_CA_FILE";

  /** Most bytes of the file: some hundred certificates. */
  static final int BYTES_MAX = 1 << 20;

  private TrustedCertificates() {}

  /**
   * Trusts those that the environment names, in this whole process, and changes nothing where it
   * names none. A process calls it before its first connection.
   *
   * @throws ConfigurationException when the file cannot be read or holds no certificate: whoever
   *     named it would not notice otherwise that it does not count
   */
  public static void useNamed(Map<String, String> environment) throws ConfigurationException {
    @Nullable String file = environment.get(VARIABLE);
    if (file == null || file.isEmpty()) {
      return;
    }
    try {
      SSLContext.setDefault(trusting(Path.of(file)));
    } catch (IOException | GeneralSecurityException e) {
      throw new ConfigurationException(
          VARIABLE + " names " + file + ", which cannot be used: " + e.getMessage(), e);
    }
  }

  /** What trusts the runtime's own authorities and those of a file. */
  static SSLContext trusting(Path pem) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    List<Certificate> all = new ArrayList<>(platform());
    all.addAll(read(pem));
    for (int i = 0; i < all.size(); i++) {
      trusted.setCertificateEntry("ca-" + i, all.get(i));
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers(trusted), null);
    return context;
  }

  private static Collection<? extends Certificate> read(Path pem)
      throws IOException, GeneralSecurityException {
    if (Files.size(pem) > BYTES_MAX) {
      throw new IOException("it is longer than " + BYTES_MAX + " bytes");
    }
    try (InputStream in = Files.newInputStream(pem)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new IOException("it holds no certificate");
      }
      return certificates;
    }
  }

  private static List<X509Certificate> platform() throws GeneralSecurityException {
    List<X509Certificate> all = new ArrayList<>();
    for (TrustManager manager : managers(null)) {
      if (manager instanceof X509TrustManager x509) {
        all.addAll(List.of(x509.getAcceptedIssuers()));
      }
    }
    return all;
  }

  private static TrustManager[] managers(@Nullable KeyStore trusted)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    return factory.getTrustManagers();
  }
}
