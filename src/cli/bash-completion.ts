/**
 * The script with which bash completes command lines. The library's needs the package bash-completion, may be
 * sourced only once, and never completes the name of a file.
 */

/**
 * It asks the program that stands on the command line, so that `./bin/loteria` completes as well. Bash also
 * splits words at `=` and `:`, which are parts of ours, and replaces only what is behind the last one ($2).
 */
export const BASH_COMPLETION = `# bash completion for loteria
__loteria_complete() {
    local program=$1 typed=\${COMP_LINE:0:COMP_POINT} value description candidate
    [[ $program == '~/'* ]] && program=$HOME/\${program:2}
    local -a words
    read -ra words <<< "$typed"
    # Settings may stand before the program.
    while [[ \${#words[@]} -gt 0 && \${words[0]} != "$1" ]]; do words=("\${words[@]:1}"); done
    [[ \${#words[@]} -gt 0 ]] || return
    [[ $typed == *[[:blank:]] ]] && words+=('')
    local word=\${words[\${#words[@]} - 1]}
    local before=\${word%"$2"}
    COMPREPLY=()
    while IFS=$'\\t' read -r value description; do
        case $value in
            :0) ;;
            :*) compopt +o default 2>/dev/null ;;
            *)
                candidate=$value
                [[ $word == --*=* ]] && candidate=\${word%%=*}=$value
                COMPREPLY+=("\${candidate#"$before"}")
                ;;
        esac
    done < <("$program" complete -- "\${words[@]:1}" 2>/dev/null < /dev/null)
}
complete -o default -F __loteria_complete loteria
`;
