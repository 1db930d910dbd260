package dev.counterfoil.installation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The processes of this product on this machine, as their command lines say. */
public final class ProgramProcesses {
  private static final String MAIN = "dev.counterfoil.";

  private ProgramProcesses() {}

  /**
   * A process.
   *
   * @param pid of it
   * @param program its main class, without the package
   * @param words its command line
   */
  public record Running(long pid, String program, List<String> words) {}

  /** Those that can be seen. */
  public static List<Running> all() {
    List<Running> running = new ArrayList<>();
    ProcessHandle.allProcesses().forEach(handle -> look(handle.pid(), running));
    return running;
  }

  private static void look(long pid, List<Running> running) {
    try {
      List<String> words =
          List.of(
              Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.UTF_8)
                  .split("\0", -1));
      // Java's own command line, not that of a program that starts one.
      if (!words.getFirst().endsWith("/java") && !words.getFirst().equals("java")) {
        return;
      }
      words.stream()
          .filter(word -> word.startsWith(MAIN) && word.endsWith("Main"))
          .findFirst()
          .ifPresent(
              main ->
                  running.add(new Running(pid, main.substring(main.lastIndexOf('.') + 1), words)));
    } catch (IOException e) {
      // It ended since the list was made, or is hidden from us: then it cannot be shown.
      return;
    }
  }

  /** The process that was started with a configuration file. */
  public static OptionalLong running(Path configurationFile) {
    String file = configurationFile.toAbsolutePath().normalize().toString();
    return all().stream()
        .filter(process -> process.words().contains(file))
        .mapToLong(Running::pid)
        .findFirst();
  }
}
