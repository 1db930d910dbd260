package dev.counterfoil.signer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Words before a command, by which strace changes what some of its system calls do. */
public final class Strace {
  private static final Path PROGRAM = Path.of("/usr/bin/strace");

  private Strace() {}

  public static void assumeInstalled() {
    assumeTrue(Files.isExecutable(PROGRAM), "strace is not installed");
  }

  /** The n-th call of a thread is its process's last, and is not carried out. */
  public static List<String> killing(String call, int when) {
    return injecting(call, "signal=KILL:when=" + when);
  }

  /**
   * The same with any fault.
   *
   * @param fault as after the call's name in strace's {@code inject}
   * @param more options, such as the one that makes the other calls faster
   */
  public static List<String> injecting(String call, String fault, String... more) {
    List<String> words =
        new ArrayList<>(List.of(PROGRAM.toString(), "-f", "-qq", "-o", "/dev/null"));
    words.addAll(List.of(more));
    words.addAll(List.of("-e", "trace=" + call, "-e", "inject=" + call + ":" + fault));
    return List.copyOf(words);
  }
}
