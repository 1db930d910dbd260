package dev.counterfoil.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.Expectations.Binding;
import io.envoyproxy.envoy.service.auth.v3.ExternalAuthProto;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guard over gRPC, asked by another implementation of gRPC (that of Debian's python3-grpcio)
 * with Envoy's own messages.
 */
class EnvoyGrpcTest {
  @SuppressWarnings("NullAway.Init") // injected
  private @TempDir Path folder;

  /** The program that asks. */
  private final class Envoy implements AutoCloseable {
    private final Process process;
    private final Writer questions;
    private final BufferedReader answers;

    Envoy(int port) throws IOException {
      Path program = folder.resolve("envoy.py");
      try (InputStream text =
          EnvoyGrpcTest.class.getResourceAsStream("/dev/counterfoil/guard/envoy.py")) {
        Files.write(program, text.readAllBytes());
      }
      Map<String, FileDescriptor> files = new LinkedHashMap<>();
      add(ExternalAuthProto.getDescriptor(), files);
      FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
      files.values().forEach(file -> set.addFile(file.toProto()));
      Path descriptors = Files.write(folder.resolve("envoy.pb"), set.build().toByteArray());
      process =
          new ProcessBuilder(
                  "/usr/bin/python3",
                  program.toString(),
                  descriptors.toString(),
                  Integer.toString(port))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      questions = process.outputWriter(StandardCharsets.UTF_8);
      answers = process.inputReader(StandardCharsets.UTF_8);
    }

    private static void add(FileDescriptor file, Map<String, FileDescriptor> files) {
      file.getDependencies().forEach(needed -> add(needed, files));
      files.put(file.getName(), file);
    }

    JsonObject ask(JsonObject question) throws Exception {
      questions.write(question.canonical() + "\n");
      questions.flush();
      return StrictJson.object(
          String.valueOf(answers.readLine()).getBytes(StandardCharsets.UTF_8), 1 << 20);
    }

    JsonObject check(String service, Map<String, String> headers) throws Exception {
      return ask(JsonObject.builder().put("check", request(service, headers)).build());
    }

    @Override
    public void close() throws IOException {
      // It ends with its input.
      questions.close();
      process.destroy();
    }
  }

  private static JsonObject request(String service, Map<String, String> headers) {
    JsonObject.Builder sent =
        JsonObject.builder().put(":path", "/inbox?folder=1").put("x-forwarded-proto", "https");
    headers.forEach(sent::put);
    JsonObject http =
        JsonObject.builder()
            .put("id", "1")
            .put("method", "GET")
            .put("path", "/inbox?folder=1")
            .put("host", "mail.example")
            .put("scheme", "https")
            .put("protocol", "HTTP/2")
            .put("headers", sent.build())
            .build();
    return JsonObject.builder()
        .put(
            "attributes",
            JsonObject.builder()
                .put("source", JsonObject.builder().put("principal", "spiffe://mesh/shop").build())
                .put("request", JsonObject.builder().put("http", http).build())
                .put(
                    "contextExtensions",
                    JsonObject.builder().put(EnvoyCheck.SERVICE, service).build())
                .build())
        .build();
  }

  /** What the HTTP listener says of the same request: status, and the guard's headers. */
  private static Map<String, String> overHttp(TestGuard trial, Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + trial.guard.port() + "/services/mail"))
            .header("X-Forwarded-Method", "GET")
            .header("X-Forwarded-Proto", "https")
            .header("X-Forwarded-Host", "mail.example")
            .header("X-Forwarded-Uri", "/inbox?folder=1");
    headers.forEach(request::header);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<Void> response =
          client.send(request.build(), HttpResponse.BodyHandlers.discarding());
      Map<String, String> said = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      said.put("status", Integer.toString(response.statusCode()));
      response
          .headers()
          .map()
          .forEach(
              (name, values) -> {
                if (name.startsWith("counterfoil-")
                    || List.of("www-authenticate", "dpop-nonce", "retry-after").contains(name)) {
                  said.put(name, values.getFirst());
                }
              });
      return said;
    }
  }

  private static Map<String, String> said(JsonObject answer) throws Exception {
    Map<String, String> said = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    said.put("status", Long.toString(answer.number("status")));
    for (String headers : List.of("headers", "client")) {
      if (answer.has(headers)) {
        JsonObject all = answer.object(headers);
        for (String name : all.names()) {
          said.put(name, all.string(name));
        }
      }
    }
    return said;
  }

  private TestGuard trial(String... proxies) throws Exception {
    Path secret = Files.write(folder.resolve("nonces"), new byte[32]);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    return new TestGuard(
        folder,
        List.of(proxies),
        List.of(),
        List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED)),
        Optional.of(new GuardConfiguration.Nonces(SecretFile.at(secret), Duration.ofHours(1))),
        Duration.ofSeconds(30));
  }

  @Test
  void envoyIsToldWhatOthersAreTold() throws Exception {
    try (TestGuard trial = trial();
        Envoy envoy = new Envoy(trial.guard.grpcPort().orElseThrow())) {
      String good = trial.issued();
      String bound = trial.bound("jkt", trial.client.kid());
      Map<String, Map<String, String>> cases = new LinkedHashMap<>();
      cases.put("good", Map.of("authorization", "Bearer " + good));
      cases.put("forged", Map.of("authorization", "Bearer " + trial.forged()));
      cases.put("none", Map.of());
      cases.put("expired", Map.of("authorization", "Bearer " + trial.expired()));
      cases.put("twice", Map.of("authorization", "Bearer " + good + ",Bearer " + good));
      cases.put("another scheme", Map.of("authorization", "Basic YTpi"));
      cases.put("bound without proof", Map.of("authorization", "DPoP " + bound));
      Map<String, Map<String, String>> results = new LinkedHashMap<>();
      for (Map.Entry<String, Map<String, String>> one : cases.entrySet()) {
        Map<String, String> answer = said(envoy.check("mail", one.getValue()));
        assertThat(answer).as(one.getKey()).isEqualTo(overHttp(trial, one.getValue()));
        results.put(one.getKey(), answer);
      }
      assertThat(results.get("good"))
          .containsEntry("status", "200")
          .containsEntry(GuardAnswer.TENANT, "acme")
          .containsKey(GuardAnswer.CLIENT);
      assertThat(results.get("forged"))
          .containsEntry("status", "401")
          .containsEntry(GuardAnswer.REFUSAL, "never-issued");
      assertThat(results.get("none")).containsEntry("www-authenticate", "Bearer");
      String uri = "https://mail.example/inbox";
      String nonce =
          envoy
              .check("mail", withProof(bound, trial.proof(bound, "GET", uri)))
              .object("headers")
              .string(GuardAnswer.NONCE);
      JsonObject passed =
          envoy.check("mail", withProof(bound, trial.proof(bound, "GET", uri, nonce)));
      assertThat(said(passed)).containsEntry("status", "200");
      // To the client and not to the service.
      assertThat(passed.object("client").names()).containsExactly(GuardAnswer.NONCE);
      assertThat(passed.object("headers").names()).doesNotContain(GuardAnswer.NONCE);
    }
  }

  private static Map<String, String> withProof(String token, String proof) {
    return Map.of("authorization", "DPoP " + token, "dpop", proof);
  }

  @Test
  void whatIsNoQuestionIsNoYes() throws Exception {
    try (TestGuard trial = trial();
        TestGuard strangers = trial("192.0.2.1");
        Envoy envoy = new Envoy(trial.guard.grpcPort().orElseThrow());
        Envoy stranger = new Envoy(strangers.guard.grpcPort().orElseThrow())) {
      Map<String, String> good = Map.of("authorization", "Bearer " + trial.issued());
      assertThat(envoy.check("mail", good).number("status")).isEqualTo(200);

      assertThat(said(envoy.check("other", good)))
          .containsEntry("status", "404")
          .containsEntry(GuardAnswer.REFUSAL, "no-service");
      Map<String, String> large = new LinkedHashMap<>(good);
      large.put("cookie", "c".repeat(60_000));
      assertThat(envoy.check("mail", large).number("status")).isEqualTo(200);
      large.put("cookie", "c".repeat(100_000));
      assertThat(envoy.check("mail", large).string("error")).isEqualTo("RESOURCE_EXHAUSTED");
      // A group, a length past the end, and nothing at all.
      for (String raw : List.of("0b0c", "0a7f", "ffffffffffffffffffffff")) {
        assertThat(envoy.ask(JsonObject.builder().put("raw", raw).build()).string("error"))
            .as(raw)
            .isEqualTo("INVALID_ARGUMENT");
      }
      assertThat(
              envoy
                  .ask(
                      JsonObject.builder()
                          .put("raw", "")
                          .put("rpc", "/grpc.health.v1.Health/Check")
                          .build())
                  .string("raw"))
          .isEqualTo("0801");
      assertThat(
              envoy
                  .ask(
                      JsonObject.builder()
                          .put("raw", "")
                          .put("rpc", "/envoy.service.auth.v3.Authorization/Other")
                          .build())
                  .string("error"))
          .isEqualTo("UNIMPLEMENTED");
      assertThat(stranger.check("mail", good).string("error")).isEqualTo("UNAVAILABLE");
    }
  }
}
