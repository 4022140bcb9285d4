# A REST API behind an authkit REQUEST authorizer for the access tokens of a Cognito user pool.
# The function's package, for arm64:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "user_pool" {
  description = "The id of the user pool"
  type        = string
  default     = "eu-west-1_a1B2c3D4e"
  validation {
    condition     = can(regex("^(?:[a-z0-9-]+_[0-9A-Za-z]+)$", var.user_pool))
    error_message = "That is no user pool's id."
  }
}

variable "clients" {
  description = "The ids of the app clients that may come in, with commas between"
  type        = string
  default     = "4k8m2n7p0q"
  validation {
    condition     = can(regex("^(?:[0-9a-z]+(,[0-9a-z]+)*)$", var.clients))
    error_message = "Ids of app clients, with commas between."
  }
}

variable "allowed_origin" {
  description = "The one origin that browsers may call from"
  type        = string
  default     = "https://app.example.com"
  validation {
    condition     = can(regex("^(?:https://[^*]+)$", var.allowed_origin))
    error_message = "One origin, https, and no pattern of several."
  }
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

variable "web_acl" {
  description = "ARN of a regional web ACL; none if empty"
  type        = string
  default     = ""
}

variable "domain_name" {
  description = "A domain name of the API's own, with TLS 1.2 at least; the API's default endpoint if empty"
  type        = string
  default     = ""
}

variable "certificate" {
  description = "ARN of the certificate for domain_name, of this Region; needed with it"
  type        = string
  default     = ""
}

locals {
  name = "articles"
  functions = {
    authorizer = { handler = "app.handler", environment = { USER_POOL = var.user_pool, CLIENTS = var.clients } }
    backend    = { handler = "backend.handler", environment = { ALLOWED_ORIGIN = var.allowed_origin } }
  }
  resources = {
    "/articles"                = aws_api_gateway_resource.articles.id
    "/articles/{id}"           = aws_api_gateway_resource.article.id
    "/users/{username}/drafts" = aws_api_gateway_resource.drafts.id
  }
  methods = toset([
    "GET /articles",
    "POST /articles",
    "GET /articles/{id}",
    "DELETE /articles/{id}",
    "GET /users/{username}/drafts",
  ])
  cors = { "Access-Control-Allow-Origin" = "'${var.allowed_origin}'" }
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They need the user pool's public address and nothing in a VPC.
  # checkov:skip=CKV_AWS_173:Their environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = toset(["authorizer", "backend", "access"])
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = local.functions
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:As above; what it may write else is one log group of its own.
  for_each = local.functions
  name     = "logs-and-traces"
  role     = aws_iam_role.each[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_rest_api" "api" {
  name                         = local.name
  disable_execute_api_endpoint = var.domain_name != "" # it takes TLS 1.0 too
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_authorizer" "user_pool" {
  name                             = "user-pool"
  rest_api_id                      = aws_api_gateway_rest_api.api.id
  type                             = "REQUEST"
  authorizer_uri                   = aws_lambda_function.each["authorizer"].invoke_arn
  identity_source                  = "method.request.header.Authorization"
  authorizer_result_ttl_in_seconds = 300
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/authorizers/${aws_api_gateway_authorizer.user_pool.id}"
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*"
}

resource "aws_api_gateway_resource" "articles" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "articles"
}

resource "aws_api_gateway_resource" "article" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.articles.id
  path_part   = "{id}"
}

resource "aws_api_gateway_resource" "users" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "users"
}

resource "aws_api_gateway_resource" "user" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.users.id
  path_part   = "{username}"
}

resource "aws_api_gateway_resource" "drafts" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.user.id
  path_part   = "drafts"
}

resource "aws_api_gateway_method" "each" {
  for_each      = local.methods
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = local.resources[split(" ", each.key)[1]]
  http_method   = split(" ", each.key)[0]
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.user_pool.id

  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = each.key == "POST /articles" ? { "application/json" = aws_api_gateway_model.article.name } : null
}

resource "aws_api_gateway_request_validator" "all" {
  name                        = "all"
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "article" {
  name         = "Article"
  rest_api_id  = aws_api_gateway_rest_api.api.id
  content_type = "application/json"
  schema = jsonencode({
    type                 = "object"
    required             = ["title"]
    additionalProperties = false
    properties           = { title = { type = "string", maxLength = 100 } }
  })
}

resource "aws_api_gateway_integration" "each" {
  for_each                = local.methods
  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = local.resources[split(" ", each.key)[1]]
  http_method             = aws_api_gateway_method.each[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.each["backend"].invoke_arn
}

# --- what browsers and callers are told -------------------------------------------------------------------------------

resource "aws_api_gateway_method" "preflight" {
  # checkov:skip=CKV_AWS_59:A preflight carries no credential, and must be answered without one.
  # checkov:skip=CKV2_AWS_53:There is nothing in it to validate.
  for_each      = local.resources
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = each.value
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "preflight" {
  for_each          = local.resources
  rest_api_id       = aws_api_gateway_rest_api.api.id
  resource_id       = each.value
  http_method       = aws_api_gateway_method.preflight[each.key].http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 204 }) }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_method.preflight[each.key].http_method
  status_code = "204"
  response_parameters = {
    for name in ["Allow-Origin", "Allow-Headers", "Allow-Methods", "Max-Age"] :
    "method.response.header.Access-Control-${name}" => true
  }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_integration.preflight[each.key].http_method
  status_code = aws_api_gateway_method_response.preflight[each.key].status_code
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'${var.allowed_origin}'"
    "method.response.header.Access-Control-Allow-Headers" = "'authorization,content-type'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST,DELETE'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
  }
}

resource "aws_api_gateway_gateway_response" "each" {
  for_each = {
    UNAUTHORIZED = merge(local.cors, { "WWW-Authenticate" = "'Bearer'" })
    DEFAULT_4XX  = local.cors
    DEFAULT_5XX  = local.cors
  }
  rest_api_id         = aws_api_gateway_rest_api.api.id
  response_type       = each.key
  response_parameters = { for name, value in each.value : "gatewayresponse.header.${name}" => value }
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { content = filesha1("${path.module}/main.tf"), told = jsonencode([var.allowed_origin, var.domain_name]) }
  depends_on = [
    aws_api_gateway_integration.each,
    aws_api_gateway_integration_response.preflight,
    aws_api_gateway_gateway_response.each,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:Responses differ by caller. What is kept is the authorizer's answer, for 300 s.
  # checkov:skip=CKV2_AWS_29:A web ACL is associated where web_acl names one.
  # checkov:skip=CKV2_AWS_51:Callers are told by their tokens; mutual_tls is the blueprint with certificates.
  # checkov:skip=CKV2_AWS_77:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV2_AWS_4:The level is set for all methods, below.
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.api.id
  stage_name           = "live"
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      caller            = "$context.authorizer.principalId"
      username          = "$context.authorizer.username"
      method            = "$context.httpMethod"
      path              = "$context.path"
      status            = "$context.status"
      authorizerStatus  = "$context.authorizer.status"
      authorizerLatency = "$context.authorizer.latency"
      authorizerError   = "$context.authorizer.error"
      error             = "$context.error.responseType"
      userAgent         = "$context.identity.userAgent"
    })
  }
}

resource "aws_api_gateway_method_settings" "limits" {
  # checkov:skip=CKV_AWS_225:Responses differ by caller; nothing of them is kept at the stage.
  # checkov:skip=CKV_AWS_308:Nothing is kept, so nothing is to be encrypted.
  # A path has ~1 for every slash, the first one too: the gateway takes "orders/POST" and limits nothing by it.
  for_each    = { "*/*" = 100, "~1articles/POST" = 20 }
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = each.key
  settings {
    throttling_rate_limit  = each.value
    throttling_burst_limit = 2 * each.value
    metrics_enabled        = true
    logging_level          = "ERROR"
  }
}

resource "aws_wafv2_web_acl_association" "firewall" {
  count        = var.web_acl == "" ? 0 : 1
  resource_arn = aws_api_gateway_stage.live.arn
  web_acl_arn  = var.web_acl
}

# --- a name of its own ------------------------------------------------------------------------------------------------

resource "aws_api_gateway_domain_name" "own" {
  count                    = var.domain_name == "" ? 0 : 1
  domain_name              = var.domain_name
  regional_certificate_arn = var.certificate
  security_policy          = "TLS_1_2"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  lifecycle {
    precondition {
      condition     = var.certificate != ""
      error_message = "A domain_name needs its certificate."
    }
  }
}

resource "aws_api_gateway_base_path_mapping" "own" {
  count       = length(aws_api_gateway_domain_name.own)
  api_id      = aws_api_gateway_rest_api.api.id
  domain_name = aws_api_gateway_domain_name.own[count.index].domain_name
  stage_name  = aws_api_gateway_stage.live.stage_name
}

output "url" {
  value = var.domain_name == "" ? aws_api_gateway_stage.live.invoke_url : "https://${var.domain_name}"
}

output "dns_target" {
  description = "What the domain's CNAME or alias record points to"
  value       = one(aws_api_gateway_domain_name.own[*].regional_domain_name)
}
