#!/usr/bin/env bash
# Prints the completion for bash of both programs, from what they say of themselves with --help.
#
#   scripts/make_completion.sh SOCKCHAT_SERVER SOCKCHAT >packaging/completion.bash
set -euo pipefail

server=${1:?usage: $0 SOCKCHAT_SERVER SOCKCHAT}
client=${2:?usage: $0 SOCKCHAT_SERVER SOCKCHAT}

# OPTION VALUE, one a line; no VALUE for a flag. An option of two spellings gives two lines.
options_of() {
  "$@" --help | awk '
    /^  -/ {
      value = $2 ~ /^[A-Z]+$/ || $2 ~ /^[A-Z]+=[A-Z]+$/ || $2 ~ /^[a-z]+(\|[a-z]+)+$/ ? $2 : ""
      count = split($1, spellings, ",")
      for (i = 1; i <= count; ++i) print spellings[i], value
    }'
}

# cases COMMAND: one branch for each option that takes a value.
cases() {
  awk -v command="$1" '
    NF < 2 { next }
    { action = "" }
    $2 == "DIR" { action = "_sockchat_reply -d" }
    $2 ~ /FILE/ { action = "_sockchat_reply -f" }
    $2 == "NAME=VALUE" { action = "_sockchat_limits" }
    $2 ~ /\|/ { gsub(/\|/, " ", $2); action = "_sockchat_reply -W \"" $2 "\"" }
    { printf "    %s:%s) %s ;;\n", command, $1, action == "" ? "COMPREPLY=()" : action }'
}

words() { awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 }'; }

# Of the line `action add|remove|...` in the help of `account`.
actions=$("$server" account --help | awk '$1 == "action" { gsub(/\|/, " ", $2); print $2 }')
commands=$("$server" --oops 2>&1 | awk '$1 == "sockchat-server" && $2 ~ /^[a-z]+$/ && !seen[$2]++ { printf "%s%s", (n++ ? " " : ""), $2 }' || true)
limits=$("$server" --help-limits | awk 'NR > 1 { printf "%s%s", (NR > 2 ? " " : ""), $1 }')

cat <<END
# Completion of sockchat and sockchat-server for bash. Made by scripts/make_completion.sh (\`make docs\`).

_sockchat_reply() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  mapfile -t COMPREPLY < <(compgen "\$@" -- "\$word")
}

_sockchat_limits() {
  _sockchat_reply -S = -W "$limits"
  compopt -o nospace 2>/dev/null
}

_sockchat_server() {
  local command=serve
  COMPREPLY=()
  case " $commands " in
    *" \${COMP_WORDS[1]-} "*) [ "\$COMP_CWORD" -eq 1 ] || command=\${COMP_WORDS[1]} ;;
  esac
  case \$command:\${COMP_WORDS[COMP_CWORD - 1]} in
$(options_of "$server" | cases serve)
$(for command in $commands; do options_of "$server" "$command" | cases "$command"; done)
    account:account) _sockchat_reply -W "$actions" ;;
    account:import) _sockchat_reply -f ;;
    *)
      case \$command in
        serve)
          local more=
          [ "\$COMP_CWORD" -ne 1 ] || more="$commands"
          _sockchat_reply -W "$(options_of "$server" | words) \$more"
          ;;
$(for command in $commands; do printf '        %s) _sockchat_reply -W "%s" ;;\n' "$command" "$(options_of "$server" "$command" | words)"; done)
      esac
      ;;
  esac
}

_sockchat() {
  COMPREPLY=()
  case client:\${COMP_WORDS[COMP_CWORD - 1]} in
$(options_of "$client" | cases client)
    *) _sockchat_reply -W "$(options_of "$client" | words)" ;;
  esac
}

complete -o filenames -F _sockchat_server sockchat-server
complete -o filenames -F _sockchat sockchat
END
