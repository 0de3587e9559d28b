# Completion of sockchat and sockchat-server for bash. Made by scripts/make_completion.sh (`make docs`).

_sockchat_reply() {
  local word=${COMP_WORDS[COMP_CWORD]}
  mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}

_sockchat_limits() {
  _sockchat_reply -S = -W "frame_max_login frame_max text_max name_max password_max password_min_new connections_max unauthenticated_max handshake_seconds login_seconds frame_seconds ping_seconds dead_seconds requests_pending replace_seconds address_connections address_new_rate address_new_burst address_login_failures_hour address_limits_loopback login_failures hash_workers hash_queue hash_queue_address send_queue_soft send_queue_hard send_memory_max send_buffer send_stall_seconds unconfirmed_max message_rate message_burst broadcast_rate broadcast_burst query_rate query_burst private_invites_minute private_open private_wait_seconds block_list_max mailbox_messages mailbox_bytes mailbox_days token_days disk_free_min store_queue store_queue_bytes store_wait_seconds turn_bytes turn_frames turn_accepts shutdown_seconds log_lines_second"
  compopt -o nospace 2>/dev/null
}

_sockchat_server() {
  local command=serve
  COMPREPLY=()
  case " account backup restore pin " in
    *" ${COMP_WORDS[1]-} "*) [ "$COMP_CWORD" -eq 1 ] || command=${COMP_WORDS[1]} ;;
  esac
  case $command:${COMP_WORDS[COMP_CWORD - 1]} in
    serve:--bind) COMPREPLY=() ;;
    serve:--data) _sockchat_reply -d ;;
    serve:--credentials) _sockchat_reply -f ;;
    serve:--store) _sockchat_reply -W "sqlite memory" ;;
    serve:--keep-days) COMPREPLY=() ;;
    serve:--plaintext) _sockchat_reply -W "loopback never any" ;;
    serve:--tls-cert) _sockchat_reply -f ;;
    serve:--tls-key) _sockchat_reply -f ;;
    serve:--registration) _sockchat_reply -W "closed open" ;;
    serve:--port-file) _sockchat_reply -f ;;
    serve:-d) _sockchat_reply -W "trace debug info warn error off" ;;
    serve:--log-level) _sockchat_reply -W "trace debug info warn error off" ;;
    serve:--hash-memory) COMPREPLY=() ;;
    serve:--hash-iterations) COMPREPLY=() ;;
    serve:--limit) _sockchat_limits ;;
    serve:--config) _sockchat_reply -f ;;
    account:--data) _sockchat_reply -d ;;
    account:--hash-memory) COMPREPLY=() ;;
    account:--hash-iterations) COMPREPLY=() ;;
    account:--limit) _sockchat_limits ;;
    backup:--to) _sockchat_reply -f ;;
    backup:--data) _sockchat_reply -d ;;
    restore:--from) _sockchat_reply -f ;;
    restore:--check) _sockchat_reply -f ;;
    restore:--data) _sockchat_reply -d ;;
    pin:--data) _sockchat_reply -d ;;
    pin:--tls-cert) _sockchat_reply -f ;;
    account:account) _sockchat_reply -W "add remove passwd list import unlock" ;;
    account:import) _sockchat_reply -f ;;
    *)
      case $command in
        serve)
          local more=
          [ "$COMP_CWORD" -ne 1 ] || more="account backup restore pin"
          _sockchat_reply -W "-h --help --bind --data --credentials --store --keep-days --plaintext --tls-cert --tls-key --registration --presence-history --port-file -d --log-level --hash-memory --hash-iterations --limit --config --check-config --print-config --help-limits --version $more"
          ;;
        account) _sockchat_reply -W "-h --help --data --hash-memory --hash-iterations --limit" ;;
        backup) _sockchat_reply -W "-h --help --to --data" ;;
        restore) _sockchat_reply -W "-h --help --from --check --data" ;;
        pin) _sockchat_reply -W "-h --help --data --tls-cert" ;;
      esac
      ;;
  esac
}

_sockchat() {
  COMPREPLY=()
  case client:${COMP_WORDS[COMP_CWORD - 1]} in
    client:--user) COMPREPLY=() ;;
    client:--password-file) _sockchat_reply -f ;;
    client:--pin) COMPREPLY=() ;;
    *) _sockchat_reply -W "--help --user --password-file --json --plain --pin --accept-new --no-tls --relay --yes-private --no-private --version" ;;
  esac
}

complete -o filenames -F _sockchat_server sockchat-server
complete -o filenames -F _sockchat sockchat
