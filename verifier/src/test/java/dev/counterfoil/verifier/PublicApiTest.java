package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The API offers no way to what a token says but {@link Verifier#verify} with all expectations. */
class PublicApiTest {
  private static List<Class<?>> publicClasses() throws Exception {
    URI location = Verifier.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path root = Path.of(location);
    List<Class<?>> classes = new java.util.ArrayList<>();
    for (String room : List.of("", "/dpop", "/reading", "/reporting")) {
      try (Stream<Path> files = Files.list(root.resolve("dev/counterfoil/verifier" + room))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          String name = root.relativize(file).toString().replace(".class", "").replace('/', '.');
          if (!name.endsWith("package-info")) {
            classes.add(Class.forName(name));
          }
        }
      }
    }
    assertThat(classes).hasSizeGreaterThan(60);
    return classes.stream().filter(c -> isReachable(c)).toList();
  }

  private static boolean isReachable(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return Modifier.isPublic(type.getModifiers()) && (outer == null || isReachable(outer));
  }

  private static boolean isOffered(Executable member) {
    return Modifier.isPublic(member.getModifiers()) && !member.isSynthetic();
  }

  @Test
  void onlyATokenThatWasCheckedGivesClaims() throws Exception {
    Set<String> giving =
        publicClasses().stream()
            .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
            .filter(PublicApiTest::isOffered)
            .filter(method -> method.getReturnType() == JsonObject.class)
            .map(method -> method.getDeclaringClass().getSimpleName() + "." + method.getName())
            .collect(Collectors.toSet());
    assertThat(giving).containsExactlyInAnyOrder("Verified.claims", "Unrecorded.claims");
  }

  @Test
  void nothingMakesAVerifiedTokenOfAnUnrecordedOne() throws Exception {
    assertThat(Unrecorded.class.getConstructors()).isEmpty();
    assertThat(Modifier.isFinal(Unrecorded.class.getModifiers())).isTrue();
    assertThat(
            publicClasses().stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(
                    method -> Arrays.asList(method.getParameterTypes()).contains(Unrecorded.class)))
        .isEmpty();
  }

  @Test
  void nobodyElseMakesAVerifiedToken() throws Exception {
    assertThat(Verified.class.getConstructors()).isEmpty();
    assertThat(Modifier.isFinal(Verified.class.getModifiers())).isTrue();
    Set<String> returning =
        publicClasses().stream()
            .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
            .filter(PublicApiTest::isOffered)
            .filter(method -> Verification.class.isAssignableFrom(method.getReturnType()))
            .map(method -> method.getDeclaringClass().getSimpleName() + "." + method.getName())
            .collect(Collectors.toSet());
    assertThat(returning).containsExactly("Verifier.verify");
  }

  @Test
  void everyVerifyTakesExpectations() {
    List<Method> verify =
        Arrays.stream(Verifier.class.getMethods())
            .filter(method -> method.getName().equals("verify"))
            .toList();
    assertThat(verify).hasSize(2);
    assertThat(verify)
        .allSatisfy(method -> assertThat(method.getParameterTypes()).contains(Expectations.class));
  }

  @Test
  void expectationsCannotBeLeftOut() throws Exception {
    // Each stage offers only what comes next, and has no public constructor.
    for (Class<?> stage :
        List.of(
            Expectations.WithAudience.class,
            Expectations.WithType.class,
            Expectations.WithTenant.class)) {
      assertThat(stage.getConstructors()).as(stage.getSimpleName()).isEmpty();
    }
    assertThat(Expectations.class.getConstructors())
        .extracting(Constructor::getParameterCount)
        .containsExactly(
            Arrays.stream(Expectations.class.getRecordComponents())
                .map(RecordComponent::getName)
                .toList()
                .size());
  }

  @Test
  void noMethodTakesASignatureAlone() throws Exception {
    assertThat(
            publicClasses().stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(PublicApiTest::isOffered)
                .filter(
                    method ->
                        Arrays.stream(method.getParameterTypes())
                            .anyMatch(
                                type -> type.getName().startsWith("dev.counterfoil.format.token")))
                .toList())
        .isEmpty();
  }
}
