package dev.counterfoil.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.ContextFile;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** What the chart renders is what Kubernetes and the programs read, and separates what it says. */
class ChartTest {
  private static final Path CHART = Path.of("counterfoil");

  private static final String COMPLETE =
      """
      root: "1 33fdad37da1dcc3acf8d75739ae1c0df7196ad5fb50eadd7b662099d04132b2b"
      policy: |
        domain enterprise
        quorum none
      monitor: {clientKeySecret: counterfoil-monitor}
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private String render(String values) throws IOException {
    Path file = Files.writeString(folder.resolve("values.yaml"), values);
    return new Helm(CHART).template().withName("counterfoil").withValuesFile(file).call();
  }

  /** Each object as its class; a field that Kubernetes does not know is a failure. */
  private List<HasMetadata> objects(String values) throws Exception {
    ObjectMapper mapper =
        new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
    List<HasMetadata> objects = new ArrayList<>();
    for (Object document : new Yaml().loadAll(render(values))) {
      if (document instanceof Map<?, ?> map) {
        Class<? extends HasMetadata> type =
            switch (String.valueOf(map.get("kind"))) {
              case "ConfigMap" -> ConfigMap.class;
              case "Service" -> Service.class;
              case "StatefulSet" -> StatefulSet.class;
              case String other -> throw new AssertionError("no kind of this chart: " + other);
            };
        HasMetadata object = mapper.convertValue(map, type);
        requireKnownFields(object, object.getKind());
        objects.add(object);
      }
    }
    return objects;
  }

  private static void requireKnownFields(Object bean, String where) throws Exception {
    if (bean instanceof Collection<?> many) {
      for (Object one : many) {
        requireKnownFields(one, where + "[]");
      }
      return;
    }
    if (!bean.getClass().getPackageName().startsWith("io.fabric8.kubernetes.api.model")) {
      return;
    }
    for (Method method : bean.getClass().getMethods()) {
      if (method.getName().startsWith("get") && method.getParameterCount() == 0) {
        Object value = method.invoke(bean);
        if (method.getName().equals("getAdditionalProperties")) {
          // A quantity is read as its text.
          assertThat((Map<?, ?>) value).as(where).isEmpty();
        } else if (value != null && !(value instanceof Class<?>)) {
          requireKnownFields(value, where + "." + method.getName().substring(3));
        }
      }
    }
  }

  @Test
  void helmFindsNothingToSay() {
    LintResult result = new Helm(CHART).lint().strict().call();
    assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
  }

  @Test
  void anUnknownFieldIsFound() {
    Map<String, Object> wrong = Map.of("kind", "Service", "spec", Map.of("portz", List.of()));
    Service service = new ObjectMapper().convertValue(wrong, Service.class);
    assertThatThrownBy(() -> requireKnownFields(service, "Service")).hasMessageContaining("portz");
  }

  @Test
  void whatNeedsTheRootComesAfterIt() throws Exception {
    assertThat(objects("")).extracting(HasMetadata::getKind).contains("StatefulSet");
    assertThat(containers("")).containsOnlyKeys("registrar", "signer");
    assertThat(containers(COMPLETE))
        .containsOnlyKeys("registrar", "signer", "authority", "operator", "monitor");
  }

  @Test
  void aPodThatIsNotReadyDoesNotStopItsOwnRepair() throws Exception {
    assertThat(sets(COMPLETE))
        .hasSize(2)
        .allSatisfy(
            set -> assertThat(set.getSpec().getPodManagementPolicy()).isEqualTo("Parallel"));
  }

  private List<StatefulSet> sets(String values) throws Exception {
    return objects(values).stream()
        .filter(StatefulSet.class::isInstance)
        .map(StatefulSet.class::cast)
        .toList();
  }

  private Map<String, Container> containers(String values) throws Exception {
    return sets(values).stream()
        .flatMap(set -> set.getSpec().getTemplate().getSpec().getContainers().stream())
        .collect(Collectors.toMap(Container::getName, container -> container));
  }

  @Test
  void eachContainerHasAUserOfItsOwnAndNoRights() throws Exception {
    Map<String, Container> containers = containers(COMPLETE);
    assertThat(containers.values())
        .extracting(container -> container.getSecurityContext().getRunAsUser())
        .doesNotHaveDuplicates()
        .doesNotContain(0L);
    assertThat(containers.values())
        .allSatisfy(
            container -> {
              assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
              assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
              assertThat(container.getSecurityContext().getCapabilities().getDrop())
                  .containsExactly("ALL");
              assertThat(container.getSecurityContext().getSeccompProfile().getType())
                  .isEqualTo("RuntimeDefault");
            });
  }

  @Test
  void keysAreMountedWhereTheyBelongAndNowhereElse() throws Exception {
    Map<String, Set<String>> mounts =
        containers(COMPLETE).entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    one ->
                        one.getValue().getVolumeMounts().stream()
                            .map(VolumeMount::getName)
                            .collect(Collectors.toSet())));
    mounts.forEach(
        (container, of) -> {
          for (String owner : List.of("registrar", "signer")) {
            assertThat(of.contains(owner)).as(container).isEqualTo(container.equals(owner));
            assertThat(of.contains(owner + "-secret")).isEqualTo(container.equals(owner));
            assertThat(of.contains(owner + "-admin-sockets"))
                .isEqualTo(container.equals(owner) || container.equals("operator"));
          }
        });
    assertThat(mounts.get("authority")).doesNotContain("registrar-s1-sockets");
  }

  /** As a program reads it, with its secrets where a test may have them. */
  private <T extends Record> T read(Map<String, String> files, String name, Class<T> type)
      throws Exception {
    Path secret = folder.resolve("secret");
    if (!Files.exists(secret)) {
      Files.createFile(
          secret,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    String text = files.get(name).replaceAll("/run/secrets/\\S+", secret.toString());
    return Configuration.read(Files.writeString(folder.resolve(name), text), type);
  }

  @Test
  void theProgramsReadTheirFilesAndFindEachOther() throws Exception {
    Map<String, String> files =
        objects(COMPLETE).stream()
            .filter(ConfigMap.class::isInstance)
            .map(object -> ((ConfigMap) object).getData())
            .findFirst()
            .orElseThrow();
    RegistrarConfiguration registrar = read(files, "registrar.yaml", RegistrarConfiguration.class);
    SignerConfiguration signer = read(files, "signer.yaml", SignerConfiguration.class);
    AuthorityConfiguration.Domain authority =
        read(files, "authority.yaml", AuthorityConfiguration.class).domains().getFirst();
    assertThat(read(files, "monitor.yaml", MonitorConfiguration.class).domains()).hasSize(1);
    assertThat(signer.registrarSocket()).isEqualTo(registrar.signers().getFirst().socket());
    assertThat(authority.signerSocket()).isEqualTo(signer.process().serviceSocket());
    assertThat(authority.registrarSocket()).isEqualTo(registrar.process().serviceSocket());
    Context context =
        ContextFile.read(Files.writeString(folder.resolve("cli.yaml"), files.get("cli.yaml")))
            .contexts()
            .getFirst();
    assertThat(context.registrar().adminSocket()).isEqualTo(registrar.process().adminSocket());
    assertThat(context.signer("s1").orElseThrow().adminSocket())
        .isEqualTo(signer.process().adminSocket());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "domian: enterprise",
        "domain: Enterprise",
        "issuer: http://login.example",
        "tenants: []",
        "root: latest",
        "memory: {signer: lots}",
        "signer: {passphrase: secret}"
      })
  void aValueThatIsNoneIsRefused(String values) throws Exception {
    assertThat(render("domain: enterprise")).contains("kind: StatefulSet");
    assertThatThrownBy(() -> render(values)).hasMessageContaining("schema");
  }
}
