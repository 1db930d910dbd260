package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server with a certificate that no public authority signed. */
class TrustedCertificatesTest {
  private static final String PASSWORD = "changeit";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private HttpsServer server;
  private Path pem;

  @BeforeEach
  void start() throws Exception {
    Path store = folder.resolve("server.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "server",
        "-keyalg",
        "EC",
        "-dname",
        "CN=127.0.0.1",
        "-ext",
        "san=ip:127.0.0.1",
        "-ext",
        "bc=ca:true",
        "-keystore",
        store.toString(),
        "-storetype",
        "PKCS12",
        "-storepass",
        PASSWORD);
    pem = folder.resolve("ca.pem");
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "server",
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD,
        "-file",
        pem.toString());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void keytool(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }

  private int get(SSLContext context) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newBuilder().sslContext(context).build()) {
      URI uri = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/");
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  @Test
  void aCertificateOfOnesOwnIsTrustedWhereItIsNamed() throws Exception {
    SSLContext platform = SSLContext.getInstance("TLS");
    platform.init(null, null, null);
    assertThatThrownBy(() -> get(platform))
        .as("the control")
        .isInstanceOf(SSLHandshakeException.class);
    assertThat(get(TrustedCertificates.trusting(pem))).isEqualTo(204);
  }

  @Test
  void theWholeProcessTrustsItAndNothingChangesWithoutIt() throws Exception {
    SSLContext before = SSLContext.getDefault();
    try {
      TrustedCertificates.useNamed(Map.of());
      TrustedCertificates.useNamed(Map.of(TrustedCertificates.VARIABLE, ""));
      assertThat(SSLContext.getDefault()).isSameAs(before);
      TrustedCertificates.useNamed(Map.of(TrustedCertificates.VARIABLE, pem.toString()));
      assertThat(get(SSLContext.getDefault())).isEqualTo(204);
    } finally {
      SSLContext.setDefault(before);
    }
  }

  @Test
  void aFileThatHoldsNoneIsRefused() throws Exception {
    for (String content : List.of("", "no certificate\n")) {
      Path wrong = Files.writeString(folder.resolve("wrong.pem"), content);
      assertThatThrownBy(
              () ->
                  TrustedCertificates.useNamed(
                      Map.of(TrustedCertificates.VARIABLE, wrong.toString())))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(TrustedCertificates.VARIABLE + " names " + wrong);
    }
    assertThatThrownBy(
            () ->
                TrustedCertificates.useNamed(
                    Map.of(TrustedCertificates.VARIABLE, folder.resolve("none").toString())))
        .isInstanceOf(ConfigurationException.class);
  }
}
