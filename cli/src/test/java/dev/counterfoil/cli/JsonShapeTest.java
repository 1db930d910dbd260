package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What {@code --json} prints has one shape at all commands: see docs/reference/commands.md. */
class JsonShapeTest {
  private static final Path CLASSES = Path.of("target/classes/dev/counterfoil/cli");

  /** A value that is no text is JSON: only JsonLine prints it, so that each is an object. */
  @Test
  void onlyJsonLinePrintsWhatIsNoText() throws IOException {
    try (Stream<Path> files = Files.walk(CLASSES)) {
      List<Path> classes = files.filter(file -> file.toString().endsWith(".class")).toList();
      assertThat(classes).hasSizeGreaterThan(200);
      assertThat(classes.stream().filter(file -> prints(file, "(Ljava/lang/Object;)V"))).isEmpty();
      assertThat(classes.stream().filter(file -> prints(file, "(Ljava/lang/String;)V")))
          .as("the control")
          .hasSizeGreaterThan(50);
    }
  }

  private static boolean prints(Path file, String type) {
    try {
      ClassModel model = ClassFile.of().parse(file);
      return model.methods().stream()
          .flatMap(method -> method.code().stream())
          .flatMap(code -> code.elementStream())
          .anyMatch(
              element ->
                  element instanceof InvokeInstruction call
                      && call.owner().asInternalName().equals("java/io/PrintStream")
                      && call.name().stringValue().startsWith("print")
                      && call.type().stringValue().equals(type));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatAnotherModuleWroteIsOneObjectOnOneLine() {
    assertThatThrownBy(() -> JsonLine.print("[1]")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonLine.print("{\n}")).isInstanceOf(IllegalArgumentException.class);
    JsonLine.print("{}");
  }

  @Test
  void aFailureIsAnObjectOnStandardErrorAndSaysTheExitCode() throws Exception {
    JsonObject missing =
        failure(ExitCode.ENVIRONMENT, "audit", "verify", "--json", "/no/such/file");
    assertThat(missing.string("error")).contains("/no/such/file");
    JsonObject wrong = failure(ExitCode.USAGE, "scan", "--json");
    assertThat(wrong.string("error")).contains("PATH");
    assertThat(err(ExitCode.ENVIRONMENT, "audit", "verify", "/no/such/file"))
        .as("the control")
        .startsWith("Error: ");
  }

  private static JsonObject failure(int exitCode, String... arguments) throws Exception {
    String line = err(exitCode, arguments);
    assertThat(line.strip()).doesNotContain("\n");
    JsonObject failure = StrictJson.object(line.strip().getBytes(StandardCharsets.UTF_8), 1 << 16);
    assertThat(failure.number("exit_code")).isEqualTo(exitCode);
    return failure;
  }

  private static String err(int exitCode, String... arguments) {
    StringWriter err = new StringWriter();
    CommandLine command = CounterfoilCommand.commandLine(arguments);
    command.setErr(new PrintWriter(err, true));
    assertThat(command.execute(arguments)).isEqualTo(exitCode);
    return err.toString();
  }
}
