package dev.counterfoil.cli;

import picocli.CommandLine.Help.Ansi;

/** What must not be overlooked: in red on a terminal that has colours, else between marks. */
final class Red {
  private Red() {}

  static String text(String text) {
    return Ansi.AUTO.enabled()
        ? Ansi.AUTO.string("@|bold,red " + text + "|@")
        : "!! " + text + " !!";
  }
}
