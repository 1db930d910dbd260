package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.configuration.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS between authorities: each side proves itself with exactly the certificate that stands in the
 * other's configuration. Names, issuers and dates of certificates do not count.
 */
final class PeerCertificates {
  private static final char[] NO_PASSWORD = {};

  private PeerCertificates() {}

  /** What accepts these certificates alone, and shows this authority's own. */
  static SSLContext context(PeersEntry entry, List<Path> accepted) throws IOException {
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, NO_PASSWORD);
      own.setKeyEntry(
          "own", key(entry.key()), NO_PASSWORD, new Certificate[] {read(entry.certificate())});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, NO_PASSWORD);
      Set<X509Certificate> certificates = new HashSet<>();
      for (Path one : accepted) {
        certificates.add(read(one));
      }
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), new TrustManager[] {new Pinned(certificates)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificates of peers cannot be used: " + e.getMessage(), e);
    }
  }

  private static X509Certificate read(Path pem) throws IOException {
    try (InputStream in = Files.newInputStream(pem)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    } catch (CertificateException e) {
      throw new IOException(pem + " holds no certificate in PEM", e);
    }
  }

  private static PrivateKey key(Path pem) throws IOException {
    String text =
        SecretFile.at(pem).readText().replaceAll("-----(BEGIN|END) PRIVATE KEY-----|\\s", "");
    try {
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // The cause may repeat what the file holds.
      throw new IOException(pem + " holds no PKCS #8 key of an elliptic curve in PEM");
    }
  }

  /** Takes the certificates that it was given, and no other. */
  private static final class Pinned extends X509ExtendedTrustManager {
    private final Set<X509Certificate> accepted;

    private Pinned(Set<X509Certificate> accepted) {
      this.accepted = Set.copyOf(accepted);
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length == 0 || !accepted.contains(chain[0])) {
        throw new CertificateException("not the certificate of a peer");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return accepted.toArray(X509Certificate[]::new);
    }
  }
}
